import PoseTypes
import Basics
import Testing

/// Numbers from outside never trap.
@Suite struct OutsideNumberTests {
    @Test(arguments: [(1e300, Int64.max), (-1e300, .min), (0x1p63, .max), (-0x1p63, .min), (.infinity, .max), (-.infinity, .min)])
    func numbersBeyondTheRangeBecomeItsEnds(number: Double, end: Int64) {
        #expect(Int64(saturating: number) == end)
    }

    @Test func fractionsAreCutAndNotANumberIsZero() {
        #expect(Int(saturating: 2.9) == 2 && Int(saturating: -2.9) == -2 && Int(saturating: Double.nan) == 0)
        #expect(UInt8(saturating: -0.5) == 0 && UInt8(saturating: -3) == 0 && UInt8(saturating: 255.9) == 255)
        #expect(UInt8(saturating: Float(256)) == 255 && Int32(saturating: Float.greatestFiniteMagnitude) == .max)
        #expect(UInt64(saturating: 0x1p64) == .max && Int64(saturating: (0x1p63).nextDown) == 0x7fff_ffff_ffff_fc00)
    }

    @Test(arguments: [1e300, -1e300, .infinity, .nan, 9.3e9, -9.3e9])
    func timesOfAnySecondsAreTimes(seconds: Double) {
        let time = Timestamp(seconds: seconds)
        #expect(seconds.isNaN ? time == .zero : (time > .zero) == (seconds > 0))
    }

    @Test func timesFarApartHaveADifference() {
        let (first, last) = (Timestamp(nanoseconds: .min), Timestamp(nanoseconds: .max))
        #expect(abs((last - first) - 18_446_744_073.7) < 1 && abs((first - last) + 18_446_744_073.7) < 1)
        #expect(Timestamp(nanoseconds: 1_000_000_001) - Timestamp(nanoseconds: 1_000_000_000) == 1e-9)
    }
}
