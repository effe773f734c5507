import Foundation
import Kernels
import Records
import TestSupport
import Testing

@testable import Models

@Suite struct PrecisionChoiceTests {
    private let store: ModelStore

    init() throws { store = try ModelStore(folders: [repositoryRoot.appending(path: "weights")]) }

    @Test func autoIsTheFastestThatWasShownAndThatTheProcessorHas() {
        let all: [Precision] = [.int8, .bf16, .fp32]
        #expect(store.precision(.auto, for: ModelStore.defaultPose) == all.first(where: \.isAvailable))
    }

    @Test func autoIsFP32ForModelsOfWhichNothingIsKnown() {
        #expect(store.precision(.auto, for: repositoryRoot.appending(path: "weights/vitpose-tiny").path) == .fp32)
        #expect(store.precision(.auto, for: "yolox-nano") == .fp32)
        #expect(store.precision(.auto, for: ModelStore.defaultDetector) == .fp32)
    }

    @Test func aPrecisionThatIsAskedForIsTaken() {
        #expect(store.precision(.fp32, for: ModelStore.defaultPose) == .fp32)
        #expect(store.precision(.bf16, for: "yolox-nano") == .bf16)
    }

    @Test(arguments: Precision.allCases) func aNetworkSaysItsPrecision(_ precision: Precision) throws {
        var names = NetworkNames()
        names.precision = try #require(PrecisionChoice(rawValue: precision.rawValue))
        let pool = NetworkPool(store)
        guard precision.isAvailable else {
            let error = #expect(throws: (any Error).self) { try pool.networks(names) }
            #expect(error.map { "\($0)" }?.contains("no instructions for \(precision)") == true)
            return
        }
        let networks = try pool.networks(names)
        #expect(networks.poseModel.precision == precision.rawValue && networks.detectorModel?.precision == precision.rawValue)
        #expect(networks.description.hasPrefix("person-nano (\(precision)), vitpose-tiny (\(precision)): "))
    }
}
