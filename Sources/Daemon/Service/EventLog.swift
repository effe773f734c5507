import Basics
import Delivery
import Logging
import Media
import PosedKit
import Synchronization

/// Tells what happens to a source, in the log.
final class EventLog: Sendable {
    private let logger: Logger
    /// The last event, so that a looping source does not log it at every round.
    private let shown = Mutex<VideoInfo?>(nil)

    init(_ logger: Logger) { self.logger = logger }

    func note(_ event: LiveEvent) {
        switch event {
        case .connecting: logger.debug("connecting")
        case .live(let info):
            let isNews = shown.withLock { shown in
                defer { shown = info }
                return shown != info
            }
            logger.log(level: isNews ? .notice : .debug, "live: \(info.summary)")
        case .changed(let info): logger.notice("the pictures change: \(info.summary)")
        case .stalled(let seconds): logger.warning("nothing has come for \(inSeconds(seconds))")
        case .lost(let reason, let wait):
            shown.withLock { $0 = nil }
            logger.warning("\(reason)", metadata: ["next_try": "\(inSeconds(wait))"])
        case .ended: logger.info("the input has ended")
        }
    }
}

extension MQTTBrokers {
    /// Tells what happens to the connections, in the log.
    convenience init(logger: Logger) {
        self.init { broker, event in
            switch event {
            case .connected: logger.notice("connected to \(broker)")
            case .away(let reason, let wait): logger.warning("\(reason)", metadata: ["next_try": "\(inSeconds(wait))"])
            }
        }
    }
}

extension VideoInfo {
    /// `h264 1280x720, 25 fps, turned by 90 degrees`.
    fileprivate var summary: String {
        let rate = frameRate.map { ", \(($0 * 100).rounded() / 100) fps" } ?? ""
        let hdr = hdr.map { ", \($0) (HDR, which is not tone-mapped)" } ?? ""
        return "\(codec) \(width)x\(height)\(rate)\(hdr)\(rotation == 0 ? "" : ", turned by \(rotation) degrees")"
    }
}

/// `0.5 s`.
func inSeconds(_ seconds: Double) -> String { "\((seconds * 10).rounded() / 10) s" }
func inSeconds(_ duration: Duration) -> String { inSeconds(duration / .seconds(1)) }
