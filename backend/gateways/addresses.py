"""Which addresses are of the open network: nothing that others name may lead into this one."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

_NAT64: Final = IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Tell whether an address, as digits, is one of the open network, also where it is written within another.

    What is no address is none of it either.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        if found.teredo is not None:
            return False
        if found in _NAT64:
            return is_public(str(IPv4Address(int(found) & 0xFFFFFFFF)))
        found = found.ipv4_mapped or found.sixtofour or found
    # What was reserved and given up again is global by the letter, and leads wherever a network still takes it.
    return found.is_global and not found.is_multicast and not found.is_reserved
