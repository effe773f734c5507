import PoseTypes

/// A file of marker positions (`.trc`), as OpenSim and Sports2D read it: one for each person, at a fixed rate.
///
/// Places are pixels, x to the right and y upwards from the picture's lower edge, since OpenSim's y points up; z is 0. A joint that is missing
/// is empty. Times are those of the recording, at every multiple of the rate.
package enum TRCFile {
    /// The longest file, in rows: three days at 30 Hz.
    private static let most = 8e6

    /// Nil where the times of the recording make more rows than anybody can mean.
    ///
    /// - Parameters:
    ///   - rate: Hz.
    ///   - height: of the picture, in pixels.
    package static func text(of path: TrackPath, named name: String, skeleton: Skeleton, rate: Double, height: Int) -> [UInt8]? {
        guard let first = path.frames.first?.time.seconds, let last = path.frames.last?.time.seconds else { return nil }
        // A sighting at a multiple of the rate, within rounding, is in the file.
        let start = (first * rate - 1e-3).rounded(.up)
        let end = max(start, (last * rate + 1e-3).rounded(.down))
        guard rate > 0, let count = Int(exactly: end - start + 1), Double(count) <= most else { return nil }
        let markers = skeleton.joints.map(marker)
        var text = TextBytes(capacity: 256 + count * markers.count * 24)
        text.append("PathFileType\t4\t(X/Y/Z)\t\(name)\n")
        text.raw("DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames\n")
        text.fixed(rate, scale: 1000)
        text.raw("\t")
        text.fixed(rate, scale: 1000)
        text.append("\t\(count)\t\(markers.count)\tpx\t")
        text.fixed(rate, scale: 1000)
        text.append("\t1\t\(count)\n")
        text.append("Frame#\tTime\t" + markers.joined(separator: "\t\t\t") + "\t\t\n\t\t")
        text.append((1...max(1, markers.count)).map { "X\($0)\tY\($0)\tZ\($0)" }.joined(separator: "\t") + "\n\n")
        for row in 0..<count {
            let time = (start + Double(row)) / rate
            text.integer(row + 1)
            text.raw("\t")
            text.fixed(time, scale: 1_000_000)
            for joint in skeleton.joints.indices {
                guard let place = path.joint(joint, at: time) else {
                    text.raw("\t\t\t")
                    continue
                }
                text.raw("\t")
                text.pixels(place.x)
                text.raw("\t")
                text.pixels(Float(height - 1) - place.y)
                text.raw("\t0.00")
            }
            text.raw("\n")
        }
        return text.bytes
    }

    /// `left_knee` is `LKnee`, as in Sports2D.
    private static func marker(_ joint: String) -> String {
        let words = joint.split(separator: "_")
        let side = words.first == "left" ? "L" : words.first == "right" ? "R" : nil
        return (side ?? "") + words.dropFirst(side == nil ? 0 : 1).map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
}
