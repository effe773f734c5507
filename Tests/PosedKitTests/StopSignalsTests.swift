import Foundation
import Synchronization
import Testing

@testable import PosedKit

/// That signals arrive is tested on the built command: they go to the whole process.
@Suite struct StopSignalsTests {
    @Test func aSignalStopsWhatRunsNow() {
        let signals = StopSignals()
        let stops = Mutex<[String]>([])
        signals.onStop { stops.withLock { $0.append("the first") } }
        signals.onStop { stops.withLock { $0.append("the second") } }
        #expect(signals.received == nil)
        signals.receive(SIGTERM)
        #expect(signals.received == SIGTERM)
        #expect(stops.withLock { $0 } == ["the second"])
    }

    @Test func aSignalThatCameBeforeStopsAtOnce() {
        let signals = StopSignals()
        signals.receive(SIGINT)
        let stops = Atomic(0)
        signals.onStop { stops.add(1, ordering: .relaxed) }
        #expect(stops.load(ordering: .relaxed) == 1)
    }

    @Test func aSignalThatIsDoubledWithinASecondIsOne() async throws {
        let stops = Atomic(0)
        let lets = Atomic(0)
        let signals = StopSignals { lets.add(1, ordering: .relaxed) }
        signals.onStop { stops.add(1, ordering: .relaxed) }
        for number in [SIGTERM, SIGTERM, SIGINT] { signals.receive(number) }
        try await Task.sleep(for: .milliseconds(500))
        signals.receive(SIGTERM)
        #expect(signals.received == SIGTERM && stops.load(ordering: .relaxed) == 1)
        // From then on the system ends the process by the next one.
        while lets.load(ordering: .relaxed) == 0 { try await Task.sleep(for: .milliseconds(20)) }
        #expect(lets.load(ordering: .relaxed) == 1)
    }
}
