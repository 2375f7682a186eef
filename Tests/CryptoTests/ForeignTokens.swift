import Crypto
import Testing

// Keys and tokens that were made with another library, one for each algorithm that is only
// verified here; the claims are `{"sub":"robot"}`.

/// A token of another program, and the key that it was signed with.
struct ForeignToken: Sendable, CustomTestStringConvertible {
    let algorithm: TokenAlgorithm
    let key: JWK
    let text: String

    var testDescription: String { algorithm.rawValue }

    static let all: [ForeignToken] = [
        ForeignToken(
            algorithm: .es384, key: p384Key,
            text:
                "eyJhbGciOiJFUzM4NCJ9.eyJzdWIiOiJyb2JvdCJ9.n_T-ONwV9YjrbqHulrQy-2T7HjgX27cDEWVATdVIgd"
                + "Pi7vJnilm7auWo2NDs1OlJt8xfbHGfyuY8Xlh3ILTsTukbzg8Z_7_5a2Fhx2RbnBaCzWKsV3AvaQqnzNnCLz"
                + "Xl"),
        ForeignToken(
            algorithm: .es512, key: p521Key,
            text:
                "eyJhbGciOiJFUzUxMiJ9.eyJzdWIiOiJyb2JvdCJ9.AD87v7sbz108btgeQxlbqv6JBTyPD4wEmynw7mIj03"
                + "GeGV41rtsNfYiHRPKqFWEhc4KQiIRSY6FWDoEpAA9mARwxAYWrzdW8uptgsPfjMcZydCxVf-wOPiq6ocOSIq"
                + "8Jb-VYUIVAXc_GDILihxUKu8tsBrcm_AEG9R9dFUyUHPmXdk3D"),
        ForeignToken(
            algorithm: .edDSA, key: ed25519Key,
            text:
                "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJyb2JvdCJ9.vZmFDGrOZSnDQ0rDKdsMA8Igsx198yQ5tWiq2Wtvl6"
                + "1aTdS6Hy9WV3oOKeuHhgHIFY2ADnXnCpKYNKhQRLoIAA"),
        ForeignToken(
            algorithm: .ps256, key: rsaKey,
            text:
                "eyJhbGciOiJQUzI1NiJ9.eyJzdWIiOiJyb2JvdCJ9.tn-UPzasASN6n0IYf5KxkL4JUvLujD6KlXhzDyERMJ"
                + "pU-KqDTd32-pKWdpqsybGKFkkq9jsmSxjz4pbbJA-oHo_zUXi6q6F8gfe3Hi2L0AfgFy5ORrPv04Ku_DLfOm"
                + "gG9VsDkb8-IuF-_p4kNorjVgR1hCG7r4wuhlCo3UvqKa7BjwSayleabaBdD3d0yeXGUGsx9_35kUG42QchiA"
                + "-Lcp284DBdBSUgrHkDKLaanb7kWLJCWXF6qhoneijb9rHBaF_OLq_GHNsNqVN1JTDMaq0Rh7_xYgeZGztW93"
                + "wq7_7E0_mZOBCmO69ma76Eyg08YMQ3nOFk2TeIXtCCfOzBNA"),
        ForeignToken(
            algorithm: .ps384, key: rsaKey,
            text:
                "eyJhbGciOiJQUzM4NCJ9.eyJzdWIiOiJyb2JvdCJ9.fIHv6dSbMT22U4EYo8KUxOyzYmF8xXim7ugz6868Hw"
                + "f2k6Ss4QZWvydIganGvcoc1f-TC9TqdB6c87h0tllS47zRNWFwCAqKvP6mejErZJNyiHHpuEJc_ML3bm9A9a"
                + "q8IFtSmGNfJuIsDSRbORq6oGJes7DoZOxlC_5m4ybOlz-3Bij-AUb6tnYdRhBUjJIlsN7qvK59k7CKv0NO76"
                + "LvylTBzrcxz19Y90FyQzsUtvvn4Liv00ua_kmNS8i9GNWLJFB5sGHtDNt9HpS05oN5pSr79eXIFcwWlhm5_b"
                + "54xCWh5BFLuwm2htmwiEC_utOBP3e302GIDNFuF5LnU1bhkw"),
        ForeignToken(
            algorithm: .ps512, key: rsaKey,
            text:
                "eyJhbGciOiJQUzUxMiJ9.eyJzdWIiOiJyb2JvdCJ9.MiwYDyKLQZo5URGHwYkFXomppkRL9w3JV0srJYPiYs"
                + "3ru0cyDtISltOwSVyWeje8h4DhQoaKw2YFoODAM8ebjI_j0Khk38MFiPD0uNt7bf03uh_GUrgec-MF3AKLat"
                + "UHS3loPFklwizuEHuF2KtizPg78dfcu9BymJbsFsYHJDwfx6IAkmALq2PsGdSD6CF7qD69SHctmWNLCt4lQo"
                + "rHBJPwfSDThNFEEOzsnLar7nIOGvNx9zWk9zipMr1rceQnmiCzPgF3Lf8RN_yAWlOglUZmZsxSxcjB84VBNu"
                + "T6D5UCDOlbjdifKogXulNYTmcarLh8-A0crJxwWFmhUEh2wA"),
        ForeignToken(
            algorithm: .rs256, key: rsaKey,
            text:
                "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJyb2JvdCJ9.JlEp46QTvQ5N457eegdLoWXnJnsWBzpPqF0UniMOc6"
                + "SfMQxxDSpCVHhiNVge6YNBvGJ6gWQZ03xIcxTfEvBOgg6kRgBbx5yLZ96GX2RTjJDaDLLV4W8VDpsfRSp_0a"
                + "IOw2mY1_YjEmc69-kfvnw7Tv41rGNNfVvZVuB1kmqudoryG2dIJYSpxAhpR2djIWMwUTzjFO2z12u8g5j-Gg"
                + "kMW-lDQ3sbPx2k-kC3Kvcj2CbibqdLT58_D3gF8Xq_tpaInv7PGBXyJHlor7mK9BF0Bpvn4dd712lYJrgBaW"
                + "ZnqUORDSOqlV2hHLDfZrdRUaHagqquQRJVb2FhGIbqE2PR7w"),
        ForeignToken(
            algorithm: .rs384, key: rsaKey,
            text:
                "eyJhbGciOiJSUzM4NCJ9.eyJzdWIiOiJyb2JvdCJ9.ZhbiVKzGEcADNLlKW5KGGG_QcLOcB6AJgsUMVfpkep"
                + "EICp_Oi-6A1Q5m5si4Z4kPDZJU6azy9lo_RPvm55Zb6IuwfNZRjGd-E6m5_DZuArngPpLj4Q9BqrzHHvShnc"
                + "-BqT1fnCkZ1GgtXUdW2zualiE6xYYOKUoIzjszj_Um4YlghvYGz6vRc9RKN6QsXgZlwgQF4o3lKZysQK5zPX"
                + "5GUaO3VA4x2-j8z_0KSAsk_JHrR8gO5CzBIRqXEHr1oCsaBGW-V6xVH9SBi-Ik6tNwaE9w71U_rMadEn6mUt"
                + "luZQc5SQT9PWOie-bfZYGK87D4x4HVu_yeXjQI7ciTgflDhQ"),
        ForeignToken(
            algorithm: .rs512, key: rsaKey,
            text:
                "eyJhbGciOiJSUzUxMiJ9.eyJzdWIiOiJyb2JvdCJ9.WyUok2KiPDX9FkdwNv62g7B_z9RLwXAdPmIEgNR9ol"
                + "3pSsn0yo5eorXhK4t5VjkjPBPXzynMB5mKfe9owzNPdLd0ISTOdjrpUQ4uwj5thqhabFc13jbVS_wUSpdUn1"
                + "tKZFEtmyXY_YLPEpYh6OlUQYVq8PkNDVyKsg7oV2pfxgs17LhNW3jc27b5JvifRTwo89rdJ3Jj6I7v1m07zh"
                + "l673jeA0zSv28VwuSYqsbJnNHakyrIyAUu2z-lEmU4z1ScTS2hOWGftU-jmcXpJlbFZJxtd4nBvjq8uqprjA"
                + "JhDVQhhwbcOoS1HeDTXuwigu3yVwP7rqOhGgOAaRksS62Mvw"),
    ]
}

private let rsaKey = {
    var jwk = JWK(kty: "RSA")
    jwk.n =
        "uCAWnv9nIncRfuXnKqurrLsjgwKbQVLvpLlvI_dJUnoF-A_emLwWdrpB3C8GDw4W6UH3sMDnRv52otkXfJrn"
        + "WyFg8otdUXM-FSpKgvtpDFDk1n5Fr5EsnDxrIyrevujYAx-HIZY3lS-Zp98LU3a6VhLv0CUWFZfpWIKEJTf4"
        + "Mq8FKiC-PaHBbZD1wlhIj9MljM7g0Bvoxn5YzjZgvHOh2Q2ThVGVvaYZVzgeMHZtT-tzTUaYCAvebJMwQYi1"
        + "zQnuyahqAm4JkRwEvxrTur6yfp-pTuPdjNEXT8WD0JUrHzJFvDf-IqLPj-svdKGJiYo8h0fFnOwHP0t9eSzl"
        + "ZQoTgw"
    jwk.e = "AQAB"
    return jwk
}()

private let p384Key = {
    var jwk = JWK(kty: "EC")
    jwk.crv = "P-384"
    jwk.x = "hvHYThnJn931TGEMZFqpRkVD9Vorh45MUzg0s5KGfBZnzXZkQvvacsfLeLW3ddYX"
    jwk.y = "7dbumr7QeYVVnZwOqeGmQQ-xMoLfdXxdWiUMszEz5_i_cmOTJyUHSKYcfAYV9V-4"
    return jwk
}()

private let p521Key = {
    var jwk = JWK(kty: "EC")
    jwk.crv = "P-521"
    jwk.x =
        "Aeg4ZTxXZPgwyLxqaPTSWplRhJwdrltnIGF-5w_pu4AMWa7s6ThunjVl4lt-Dbbs-MISenN0WLYsVGH4rhpr"
        + "Q0Ja"
    jwk.y =
        "AeAWEKrsxzRD2i2WOdixfxjwOuIo6B-BiqZLKUM2HW_y6aZ4auY0bDLqTDZpgQE_fUhw6nZ6OwhN5vCXwYQF"
        + "Wqh8"
    return jwk
}()

private let ed25519Key = {
    var jwk = JWK(kty: "OKP")
    jwk.crv = "Ed25519"
    jwk.x = "BIpRQAPYdp0gUmL3NKoNPT0v3C7atl2b9GHoEHLP4NQ"
    return jwk
}()
