import Daemon
import Delivery
import Networks
import Records
import Testing

@testable import Daemon
@testable import Models
@testable import PosedKit
@testable import Settings

@Suite struct ExitStatusTests {
    struct Unknown: Error {}

    @Test(
        arguments: [
            (PosedError(.usage, ""), 64), (PosedError(.badData, ""), 65), (PosedError(.missingInput, ""), 66),
            (PosedError(.cannotCreate, ""), 73), (NetworkError(""), 65),
            (ModelError(.missing, ""), 66), (ModelError(.damaged, ""), 65), (Unknown(), 70),
            (DeliveryError.cannotOpen(path: "", code: 2), 73), (DeliveryError.diskFull(path: ""), 74),
            (DeliveryError.cannotWrite(path: "", code: 5), 74), (DeliveryError.readerGone(path: ""), 141),
            (RecordError.badRecord(path: "", line: 1, problem: ""), 65),
        ] as [(any Error, Int32)])
    func errorsHaveTheirCodes(error: any Error, code: Int32) {
        #expect(ExitStatus.code(of: error) == code)
    }
}
