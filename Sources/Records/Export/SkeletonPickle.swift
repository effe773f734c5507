import PoseTypes

/// Skeletons as PySKL and MMAction2 read them: a Python pickle of one annotation, `keypoint` float16 `[M, T, V, 2]` and `keypoint_score`
/// float16 `[M, T, V]` of M persons (in the order of their ids), T frames and V joints; zeros where a joint is missing. The label is -1.
///
/// Pickle is Python's `pickle` module, protocol 3; NumPy's arrays are made of their bytes by `numpy.ndarray(shape, dtype, buffer)`.
package enum SkeletonPickle {
    package static func bytes(of paths: [TrackPath], named name: String, frames: Int, joints: Int, width: Int, height: Int)
        -> [UInt8]
    {
        var places = [Float16](repeating: 0, count: paths.count * frames * joints * 2)
        var scores = [Float16](repeating: 0, count: paths.count * frames * joints)
        for (person, path) in paths.enumerated() {
            for (frame, row) in zip(path.frames, path.joints) where frame.index < frames {
                for (joint, keypoint) in row.enumerated() where joint < joints {
                    guard let keypoint else { continue }
                    let place = (person * frames + frame.index) * joints + joint
                    (places[2 * place], places[2 * place + 1]) = (half(keypoint.x), half(keypoint.y))
                    scores[place] = half(keypoint.score)
                }
            }
        }
        var pickle = Pickle()
        pickle.dictionary {
            $0.text("split")
            $0.dictionary {
                $0.text("test")
                $0.list { $0.text(name) }
            }
            $0.text("annotations")
            $0.list {
                $0.dictionary {
                    $0.text("frame_dir")
                    $0.text(name)
                    $0.text("total_frames")
                    $0.integer(frames)
                    for key in ["img_shape", "original_shape"] {
                        $0.text(key)
                        $0.tuple([height, width])
                    }
                    $0.text("label")
                    $0.integer(-1)
                    $0.text("keypoint")
                    $0.array(places, shape: [paths.count, frames, joints, 2])
                    $0.text("keypoint_score")
                    $0.array(scores, shape: [paths.count, frames, joints])
                }
            }
        }
        return pickle.finished
    }

    /// Float16 ends at 65504.
    private static func half(_ value: Float) -> Float16 { Float16(value.isFinite ? min(max(value, -65504), 65504) : 0) }
}

/// Writes the few operations of Python's pickle machine that are needed here.
private struct Pickle {
    private var bytes: [UInt8] = [0x80, 3]  // PROTO

    var finished: [UInt8] { bytes + [UInt8(ascii: ".")] }

    private mutating func word(_ value: Int) {
        withUnsafeBytes(of: Int32(clamping: value).littleEndian) { bytes.append(contentsOf: $0) }
    }

    private mutating func operation(_ letter: Character) { bytes.append(letter.asciiValue ?? 0) }

    /// BINUNICODE
    mutating func text(_ text: String) {
        operation("X")
        word(text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }

    /// BININT
    mutating func integer(_ value: Int) {
        operation("J")
        word(value)
    }

    /// EMPTY_DICT, MARK, keys and values, SETITEMS
    mutating func dictionary(_ write: (inout Pickle) -> Void) {
        bytes.append(contentsOf: "}(".utf8)
        write(&self)
        operation("u")
    }

    /// EMPTY_LIST, MARK, items, APPENDS
    mutating func list(_ write: (inout Pickle) -> Void) {
        bytes.append(contentsOf: "](".utf8)
        write(&self)
        operation("e")
    }

    /// MARK, items, TUPLE
    mutating func tuple(_ values: [Int]) {
        operation("(")
        for value in values { integer(value) }
        operation("t")
    }

    /// `numpy.array(numpy.ndarray(shape, "<f2", bytes))`: the outer call makes it writable.
    mutating func array(_ values: [Float16], shape: [Int]) {
        bytes.append(contentsOf: "cnumpy\narray\n(cnumpy\nndarray\n(".utf8)
        tuple(shape)
        text("<f2")
        operation("B")  // BINBYTES
        word(2 * values.count)
        values.withUnsafeBytes { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: "tRtR".utf8)
    }
}
