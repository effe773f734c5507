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
}
