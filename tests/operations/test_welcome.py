"""What a newcomer reads first: whoever can sign in stands on one line, whole, to be copied."""

from operations.demo import Demo, Login
from operations.welcome import sign_in

PEOPLE = (
    Login("jingban", "演示经办员", "publisher", "9a7-Kq[b]-Zx", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"),
    Login("cunzhen", "演示村镇银行客户经理", "partner", "p%s{}-Ab1", "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU"),
)


def test_whoever_can_sign_in_stands_on_a_line_of_his_own_in_columns_that_are_one_below_another() -> None:
    lines = sign_in(Demo(PEOPLE))
    (head,) = (line for line in lines if line.split()[:2] == ["login", "password"])
    for one in PEOPLE:
        (row,) = (line for line in lines if line.split()[:1] == [one.login])
        assert row.split() == [one.login, one.password, one.totp_secret, one.name]
        assert row.index(one.totp_secret) == head.index("secret")
        assert row.index(one.name) == head.index("who")
