// Tokens and keys that others have made: the examples of the RFCs, and some by OpenSSL through Python's cryptography.
import Testing
import ZzzJSON

@testable import Zzz

/// A token, and the JSON Web Key that it was signed with.
struct JWTVector: Sendable, CustomTestStringConvertible {
    let name: String
    let key: String
    let token: String

    var testDescription: String { name }
}

enum JWTVectors {
    /// RFC 7515 appendix A.1 to A.4, RFC 7520 section 4.2, RFC 8037 appendix A.4.
    static let published = [
        JWTVector(
            name: "RFC 7515 A.1",
            key: """
                {"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9\
                CAow"}
                """,
            token: """
                eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9\
                leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk
                """),
        JWTVector(
            name: "RFC 7515 A.2",
            key: """
                {"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPM\
                EzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5\
                rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-D\
                WNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}
                """,
            token: """
                eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19\
                yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt\
                _O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb\
                1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI\
                8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw
                """),
        JWTVector(
            name: "RFC 7515 A.3",
            key: """
                {"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue6\
                59LNpXW6pCyStikYjKIWI5a0"}
                """,
            token: """
                eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19\
                yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU\
                1Q
                """),
        JWTVector(
            name: "RFC 7515 A.4",
            key: """
                {"kty":"EC","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jS\
                fS9tsz4qUxcWceqwQGk","y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh\
                9ubmf63e3kyMj2"}
                """,
            token: """
                eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2\
                SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXo\
                lLzeO_Jn
                """),
        JWTVector(
            name: "RFC 7520 4.2",
            key: """
                {"kty":"RSA","kid":"bilbo.baggins@hobbiton.example","n":"n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKP\
                EHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5y\
                dQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHr\
                tIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw"\
                ,"e":"AQAB"}
                """,
            token: """
                eyJhbGciOiJQUzM4NCIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ\
                1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24\
                ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4.cu2\
                2eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2IpN6-tPid6VrklHkqsGqDqHCdP6O8TTB5dDDItllVo\
                6_1OLPpcbUrhiUSMxbbXUvdvWXzg-UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRmBqrYRXe8P_ijQ7p8Vdz0TTr\
                xUeT3lm8d9shnr2lfJT8ImUjvAA2Xez2Mlp8cBE5awDzT0qI0n6uiP1aCN_2_jLAeQTlqRHtfa64QQSUmFAAjVKPbByi7xho0uTO\
                cbH510a6GYmJUAfmWjwZ6oD4ifKo8DYM-X72Eaw
                """),
        JWTVector(
            name: "RFC 8037 A.4",
            key: """
                {"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
                """,
            token: """
                eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6\
                dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg
                """),
    ]

    /// The public keys of ``made``, with two that are of no use.
    static let keySet = """
        {"keys":[{"kty":"RSA","kid":"rsa","use":"sig","n":"p2a6bDW8VYq-yAX0LkmAqT2zMaFVffX_X72v_Hep_lnVJrcY_\
        GvaHusId4zMvbU4OohP8NA4VquS1Iyf-GEjyw9FbDf6_ikNZDMjHtRX_rDiB6Xn9X9k5I-wVWrm0rroTaJNQCdH-k0pGtHjLQfHN\
        gotE_WcyLflTz50twFcHK2Kjz1wg8DZQWUOMTNMfzfnP653TiPmhNYCINYJE8TU-cIu2bICpFSZu7RTwujDP98L701BsXuKhwrkl\
        DA5EXuHO84_byQdSizFaOavc6cvI1KND0qLslahObMmR5t8o7Gv2srfrv-qIPvTdxk-B2uIY9FpORXwCZ3TEHURQA1MhQ","e":"\
        AQAB"},{"kty":"EC","crv":"P-256","kid":"p256","x":"JXb2PKVL9fW05ue3EJ9ns7fWXh3oLHMoWcrvvEDNYv0","y":\
        "PmQ1wD5QlF4uTRNzbE99wBus8dkO0S76niqEzuk4TDY"},{"kty":"EC","crv":"P-384","kid":"p384","x":"80ixS1z7M\
        keKK4fxO9VqWuuScDt-ifq3fYvb3jjywnakOBSRcVrHLRE8mydfEWel","y":"BmPWEwKPZRkPYOSy9wrdzrAV1-Fls5bCM63Bx1\
        a6_V3YPG4mOoYfPaMsRp5RfBce"},{"kty":"EC","crv":"P-521","kid":"p521","x":"Af5jJs4P1cEEpPVGqhHoSroDFUa\
        S_ebHuber0bEljYXZxNQSPPw3tL2BG6wh8ikZq69pmPFyULIwTLxwjZqZx24K","y":"AfyqxpPTE8KQeAk_TRprcdbOksoM8mjl\
        IVR__IsOXCOSPbbplD2AQDsXKm1nGpd2h40PBTarl5GaQLsOD3pWMl7J"},{"kty":"OKP","crv":"Ed25519","kid":"ed","\
        x":"eJQnbqxmqlharBvd8iYQE0wo6M9jP64dVLBpapUtTng"},{"kty":"EC","crv":"secp256k1","kid":"other","x":"A\
        A","y":"AA"},{"kty":"RSA","kid":"enc","use":"enc","n":"AA","e":"AQAB"}]}
        """

    /// `{"sub":"ada","exp":1800000600}`, signed with each algorithm.
    static let made: [(algorithm: String, token: String)] = [
        (
            "ES256",
            """
            eyJhbGciOiJFUzI1NiIsImtpZCI6InAyNTYifQ.eyJzdWIiOiJhZGEiLCJleHAiOjE4MDAwMDA2MDB9.6R1SarRVFvPo5BB7JH14\
            TkC-qXgox0CoKcCveVVnzH7z6r51LJWJg2c1ft_AhYo1ntXnMnafzZX7Qb9AJuVC4Q
            """
        ),
        (
            "ES384",
            """
            eyJhbGciOiJFUzM4NCIsImtpZCI6InAzODQifQ.eyJzdWIiOiJhZGEiLCJleHAiOjE4MDAwMDA2MDB9.JADc7m92bExxHBt1KxDk\
            6-Fj2om3EWXtxJ0mjO-qSQA_IyTVvUs2dP-8ozYyHwgoUY1fEOyNCDI6-CvITky1UGzFuTi7wpRBd3z1xG04ec99RSF6XStwldgf\
            PufE93lF
            """
        ),
        (
            "ES512",
            """
            eyJhbGciOiJFUzUxMiIsImtpZCI6InA1MjEifQ.eyJzdWIiOiJhZGEiLCJleHAiOjE4MDAwMDA2MDB9.AYX_O_3juw-wkTbdVf1j\
            8BQ5nwpUa-uiAOvpo_RK_1wXNRIPrj9umQhnonrf0QG36S1y-cYHN3RC-Ybdb08HbSs0ABUO3NkAkxqDmGvfbfMrm4ibsgulAqE9\
            mGSdmHaXUa9ya54jgbu5h77iYmpJu74jnZDf2weaItpXieFmNpvIFBim
            """
        ),
        (
            "EdDSA",
            """
            eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJzdWIiOiJhZGEiLCJleHAiOjE4MDAwMDA2MDB9.7Bp6bA8GReA1EaZhrLTxfjO\
            AHO1wqr16RKnsSXxU6gtEJU-_SOIFvVVRpy7WZ3TYP2sw6l5j7WGJ_5JvuKR1Bw
            """
        ),
        (
            "PS256",
            """
            eyJhbGciOiJQUzI1NiIsImtpZCI6InJzYSJ9.eyJzdWIiOiJhZGEiLCJleHAiOjE4MDAwMDA2MDB9.I6qqblttIj6yW7EzGJ6Ki6\
            7ITTAW28hA78_VYIa68saEdFI4_9Negs854Jv6WH4gOAS8OIQdoQVMbC4Zwx9MO_Y25Z7KNg-Ts8Ie535WWtQF2Ipk9sNqSDE6PQ\
            mHPWFth6JF2woc4cSmRERfeJ1KdGh6pOD3znJLt4_sKjQNPZX15Su8AzHkrHHkxWdkgJ4XABnbNZh-6u51ZE3oSb0vJ4wxWXp4cq\
            5TnpSl6zuvXKIuIPSb9Xvdp79qLVq_S0--tDN9EDIt5DzI52qMY7P6T6aAwvuGKGRagHZmsN1UAX_d4Vu7kBBtHnWGPJE_HpuCp9\
            nGTZtgbbiRcT8vGQho5A
            """
        ),
        (
            "PS384",
            """
            eyJhbGciOiJQUzM4NCIsImtpZCI6InJzYSJ9.eyJzdWIiOiJhZGEiLCJleHAiOjE4MDAwMDA2MDB9.K4ERIlBmWwSY3iHoy4blKk\
            2LrYN7yqzGBKOV8FQdyFgYL1upb82z0yAGLFneeivUO-1k-7KpDMB87o8ALBaFECXTR-T29HcEaXOqSTPflOoMY6HZaVsKRVE39S\
            OFAGBmeEZBFGIlomUFtSh1g3aCTXg5mrL8DwdJoVw6d_bJX23oENxSrn7--SykRXMBwdWyJmmDZlBrICX7A2Q2ww41SFlXlZp80A\
            zXZSsNIoWxQ0wbnupF2v2ZNadQ1O21HTdEF7mXVGVPTwjSO1ALPik2kDpMIqZt5d--c9D5n168z60ttWOwtK0s2zV9KBeKjxetlA\
            jw4rhKUStF0rhhBk_ddg
            """
        ),
        (
            "PS512",
            """
            eyJhbGciOiJQUzUxMiIsImtpZCI6InJzYSJ9.eyJzdWIiOiJhZGEiLCJleHAiOjE4MDAwMDA2MDB9.btT1NkRyEIFsW1tTItJVnE\
            VNCDZIT12bGyMpboTHD2rZb6IP7mYzwV2L6r1sMnR4_DUVgHD3calknELModuR25lobws8MIM2MpDqDQRcQL8L7uskde4-3-kFgf\
            BsGN5zXLLnBQDu7F48PgJlJVb2p7NHVMH6ppi7vIkV9ECn-xNYgx1179FAjx3JW7Kk0KIxaA8iKE-oTkkWlShJDWYy5NuWmQuzc_\
            7ByfYXr3Zm2MO1NoswEmJ1ZqLJd0KR8kv34eShGQ9bHnPmV7rbH4JNt9WxoYFXlJnYeb-JO7qd7u98ujEURRkhyUIvGelCnz1FBP\
            tlfKBt8TteTtKg9FAH_Q
            """
        ),
        (
            "RS256",
            """
            eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYSJ9.eyJzdWIiOiJhZGEiLCJleHAiOjE4MDAwMDA2MDB9.cbQgi0bcOjlS_OqOqHboHS\
            TlrnSjLxuC82mevpedobA5C7nppB_MeYcSstZQrDVbEsrolvzcK2RmIqrHuDhumEebYQIpTApGrYROnXkpNJ5uC7VyMla5FE0i3k\
            nfeKmQJXcfUNb8fVHLE2kw-hO8LJdxanLnlXaKTbSW09hBCyPDJ7758MRMpT8MwXrHECsG3ATW9b0khTR966quTSF8-2lUIQDqii\
            lLaj3Vcrs9tImagebzLA8V6SbykL-rYMeo3nxrhNUKQuNfPrDRM5VxoVMMKyA0n18vbTkLXaVgCBWPG44nRYwPqdqNgPZHNCnz7c\
            EM-fiy7NYN0aQ2zRi9-g
            """
        ),
        (
            "RS384",
            """
            eyJhbGciOiJSUzM4NCIsImtpZCI6InJzYSJ9.eyJzdWIiOiJhZGEiLCJleHAiOjE4MDAwMDA2MDB9.IwJGJbnEzR2Zra1v4K4XBH\
            gSYbMV3F4BX9rHvWlNRfz1am3jv6kun8RB_A69OUdI31NTvYvOIWppqu91FIV4OtYz5RSun3zlNOhvOCIRazPK-sgtvhjFED5dhI\
            joxQYwWweyp3LmyV7F7X2tI22QdhNW4-BGY2ETfQbw0RiLc71vbedw12tUVmitmb8owjyIYIdP0no9zOmysyOQXZlaTDNib02x2t\
            7mhT-uoZWDUY02V5w2111M7DYyDW4lqEJUaWh9hu2Vzq8ZqudAIQUrJA37Wc4J-21KFnzb5VHTi4Piz8wjlEf-5SXH6hYq5luFmo\
            sh2SwP2RyqJIbRwoXmuw
            """
        ),
        (
            "RS512",
            """
            eyJhbGciOiJSUzUxMiIsImtpZCI6InJzYSJ9.eyJzdWIiOiJhZGEiLCJleHAiOjE4MDAwMDA2MDB9.f1RIVUlth02lezxtK9vBQ6\
            W-Jb603m5OtxDjKwBKFB8GN0lvJQgJGM0ViLr9R-gPgGjUvcjsg2wKqiMmkSGbEYCCcfvp6VUL39tfPVIxQnGfkIMC9dzsa7kf_x\
            e2iuwxuJtZckcGm4rCVO-Qc-JMDOTbptVD3dfV4lmFixaHMzcpHfucmvOMFhFLQIU2b9crBcfufbXC4oaNCsfO5NlgvRbCvQoDHS\
            dsQ4jnps4FBEPdmn4Q4iuqouGHqwtU6nvYNJbOhss2suJVvb8PFSoHRa89VQNegEpKoIIstCLQL3408t0f_VCKttdgkQz9iCmr7q\
            dRhJHKGH6Q0NEpPap9qA
            """
        ),
    ]

    /// The keys of ``keySet`` as OpenSSL writes them, in DER, in Base64 for URLs.
    static let encodings: [(id: String, der: String)] = [
        (
            "rsa",
            """
            MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAp2a6bDW8VYq-yAX0LkmAqT2zMaFVffX_X72v_Hep_lnVJrcY_GvaHusI\
            d4zMvbU4OohP8NA4VquS1Iyf-GEjyw9FbDf6_ikNZDMjHtRX_rDiB6Xn9X9k5I-wVWrm0rroTaJNQCdH-k0pGtHjLQfHNgotE_Wc\
            yLflTz50twFcHK2Kjz1wg8DZQWUOMTNMfzfnP653TiPmhNYCINYJE8TU-cIu2bICpFSZu7RTwujDP98L701BsXuKhwrklDA5EXuH\
            O84_byQdSizFaOavc6cvI1KND0qLslahObMmR5t8o7Gv2srfrv-qIPvTdxk-B2uIY9FpORXwCZ3TEHURQA1MhQIDAQAB
            """
        ),
        (
            "p256",
            """
            MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEJXb2PKVL9fW05ue3EJ9ns7fWXh3oLHMoWcrvvEDNYv0-ZDXAPlCUXi5NE3NsT33A\
            G6zx2Q7RLvqeKoTO6ThMNg
            """
        ),
        (
            "p384",
            """
            MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE80ixS1z7MkeKK4fxO9VqWuuScDt-ifq3fYvb3jjywnakOBSRcVrHLRE8mydfEWelBmPW\
            EwKPZRkPYOSy9wrdzrAV1-Fls5bCM63Bx1a6_V3YPG4mOoYfPaMsRp5RfBce
            """
        ),
        (
            "p521",
            """
            MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQB_mMmzg_VwQSk9UaqEehKugMVRpL95se5t6vRsSWNhdnE1BI8_De0vYEbrCHyKRmr\
            r2mY8XJQsjBMvHCNmpnHbgoB_KrGk9MTwpB4CT9NGmtx1s6SygzyaOUhVH_8iw5cI5I9tumUPYBAOxcqbWcal3aHjQ8FNquXkZpA\
            uw4PelYyXsk
            """
        ),
        (
            "ed",
            """
            MCowBQYDK2VwAyEAeJQnbqxmqlharBvd8iYQE0wo6M9jP64dVLBpapUtTng
            """
        ),
    ]

    /// The key "p256" of ``keySet``.
    static let pem = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEJXb2PKVL9fW05ue3EJ9ns7fWXh3o
        LHMoWcrvvEDNYv0+ZDXAPlCUXi5NE3NsT33AG6zx2Q7RLvqeKoTO6ThMNg==
        -----END PUBLIC KEY-----
        """
}
