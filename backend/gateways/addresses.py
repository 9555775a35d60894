"""Which addresses are of the open network: nothing that others name may lead into this one."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

_NAT64: Final = IPv6Network("64:ff9b::/96")
_OF_PROTOCOLS: Final = IPv4Network("192.0.0.0/24")
"""Assigned to protocols (RFC 6890): nobody's service stands there."""


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
        if found.is_site_local:
            return False
        found = found.ipv4_mapped or found.sixtofour or found
    if isinstance(found, IPv4Address) and found in _OF_PROTOCOLS:
        return False
    # What was reserved and given up again is global by the letter, and leads wherever a network still takes it.
    return found.is_global and not found.is_multicast and not found.is_reserved
