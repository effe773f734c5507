import Testing

@testable import Basics

@Suite struct TextTests {
    @Test func decimalsAreThoseOfPrintf() {
        #expect(decimals(0.125, 2) == "0.12" && decimals(0.375, 2) == "0.38" && decimals(Float(512.25), 2) == "512.25")
        #expect(decimals(2.5, 0) == "2" && decimals(-0.001, 2) == "-0.00" && decimals(1e21, 1) == "1000000000000000000000.0")
        #expect(decimals(-Double.greatestFiniteMagnitude, 4).count == 315 && decimals(Double.infinity, 1) == "inf")
        #expect(decimals(Double.nan, 1) == "nan")
    }

    @Test func columnsAreAsWideAsSaidOrWider() {
        #expect("ab".padded(to: 4) == "ab  " && "ab".led(to: 4) == "  ab")
        #expect("abc".padded(to: 2) == "abc" && "abc".led(to: -1) == "abc")
    }

    @Test func whiteSpaceGoesFromBothEnds() {
        #expect("\r\n\t a b\u{A0}\u{2028}\u{85}\n".trimmed == "a b" && " \n".trimmed == "" && "a".trimmed == "a")
    }

    @Test func escapesAreThoseOfRFC3986() {
        #expect(percentEncoded("aZ9-._~ /+=%\n§") == "aZ9-._~%20%2F%2B%3D%25%0A%C2%A7")
        #expect(percentDecoded("a%2Fb+%c2%A7") == "a/b+§" && percentDecoded("a+b", plusIsSpace: true) == "a b")
        for bad in ["%", "%2", "%zz", "%FF"] { #expect(percentDecoded(bad) == nil) }
    }
}
