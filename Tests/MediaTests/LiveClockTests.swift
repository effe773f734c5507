import Basics
import PoseTypes
import Testing

@testable import Media

extension MediaTests {
    @Suite struct LiveClocks {
        private let second: Int64 = 1_000_000_000
        private let unix: Int64 = 1_700_000_000_000_000_000

        @Test func arrivalIsThatOfThePacketThatWaitedLeast() {
            var clock = CaptureClock()
            for (time, wait) in [(0, 3), (1, 2), (2, 0), (3, 4)] {
                clock.note(Int64(time) * second, arrival: Int64(time + wait + 100) * second, sender: nil)
            }
            // The last was taken at 103 and came at 107.
            let capture = clock.capture(of: 3 * second, monotonic: 107 * second, unix: unix)
            #expect(capture == Capture(unixNanoseconds: unix - 4 * second, clock: .arrival, error: 0.25))
        }

        @Test func arrivalIsUncertainAtFirst() {
            var clock = CaptureClock()
            clock.note(0, arrival: 0, sender: nil)
            #expect(clock.capture(of: 0, monotonic: second, unix: unix).error == 2)
            #expect(clock.capture(of: 0, monotonic: 3 * second, unix: unix).error == 0.25)
        }

        @Test func arrivalForgetsWhatIsLongAgo() {
            var clock = CaptureClock()
            // Our clock runs fast by a hundredth: an old least would be ever more wrong.
            for time in 0..<200 {
                clock.note(Int64(time) * second, arrival: Int64(Double(time) * 1.01 * 1e9), sender: nil)
            }
            let now = Int64(199 * 1.01 * 1e9)
            let age = Double(unix - clock.capture(of: 199 * second, monotonic: now, unix: unix).unixNanoseconds) / 1e9
            #expect(age >= 0 && age < 0.65)
        }

        @Test func arrivalBeginsAnewWhereTimesLeap() {
            var clock = CaptureClock()
            clock.note(0, arrival: 0, sender: nil)
            clock.note(900 * second, arrival: second, sender: nil)
            #expect(clock.capture(of: 900 * second, monotonic: second, unix: unix).unixNanoseconds == unix)
        }

        @Test func aReportingCameraIsBelievedToWithinItsDelay() {
            var clock = CaptureClock()
            clock.note(5 * second, arrival: 0, sender: unix - second / 10)
            let capture = clock.capture(of: 6 * second, monotonic: second, unix: unix + second)
            #expect(capture.clock == .rtcp && capture.unixNanoseconds == unix + second * 9 / 10)
            #expect(abs(capture.error - 0.15) < 1e-6)
        }

        @Test(arguments: [-2.0, 11, 1_700_000_000])
        func aCameraWhoseClockIsNotSetIsNotBelieved(delay: Double) {
            var clock = CaptureClock()
            clock.note(0, arrival: 0, sender: unix - Int64(delay * 1e9))
            #expect(clock.capture(of: 0, monotonic: 0, unix: unix).clock == .arrival)
        }

        @Test func aSessionGoesOnByTheTimeThatWentBy() {
            var clock = SessionClock()
            func next(_ time: Double, at now: Double) -> Double {
                clock.next(Timestamp(seconds: time), now: Int64(now * 1e9), isLive: true).seconds
            }
            #expect(next(0, at: 10) == 0 && next(0.1, at: 10.1) == 0.1)
            clock.reconnect(gap: nil)
            #expect(next(77, at: 15.1) == 5.1 && next(77.1, at: 15.2) == 5.2)
            clock.reconnect(gap: 40_000_000)
            #expect(next(0, at: 20) == 5.24)
        }

        @Test func aSessionDoesNotFollowLeaps() {
            var clock = SessionClock()
            func next(_ time: Double, at now: Double) -> Double {
                clock.next(Timestamp(seconds: time), now: Int64(now * 1e9), isLive: true).seconds
            }
            #expect(next(0, at: 10) == 0)
            // What was held up comes at once, and is no leap.
            #expect(next(0.1, at: 14) == 0.1 && next(4, at: 14) == 4)
            #expect(next(5000, at: 15) == 5 && next(5001, at: 16) == 6)
            #expect(next(0, at: 17) == 6.001)
        }

        @Test func waitsDoubleUpToTheirLimit() {
            var backOff = BackOff(first: .milliseconds(500), longest: .seconds(5))
            for expected in [0.5, 1, 2, 4, 5, 5] {
                let wait = backOff.wait() / .seconds(1)
                #expect(wait >= expected * 0.75 && wait <= expected * 1.25)
            }
            backOff.reset()
            #expect(backOff.wait() <= .milliseconds(625))
        }

        @Test func picturesAreWholeFromTheNextKeyframeOn() {
            var wait = KeyframeWait()
            #expect([(0, false), (1, true), (2, false)].map { wait.isOver(at: $0, isKeyframe: $1) } == [false, true, true])
            wait.lose(at: 5)
            // Sent before the loss, shown after it.
            #expect([(4, true), (5, false), (6, true)].map { wait.isOver(at: $0, isKeyframe: $1) } == [false, false, true])
        }

        @Test func picturesWithoutKeyframesAreWholeAfterARound() {
            var wait = KeyframeWait()
            wait.note(keyPacket: 3)
            wait.note(keyPacket: 9)
            #expect([8, 9].map { wait.isOver(at: $0, isKeyframe: false) } == [false, true])
        }
    }
}
