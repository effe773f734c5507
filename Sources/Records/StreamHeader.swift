import Basics
import PoseTypes

/// What is known about a stream before its first frame: the header record of `posed/1`.
package struct StreamHeader: Sendable, Equatable {
    /// A network, named so that its results can be made again.
    package struct Model: Sendable, Equatable, Encodable {
        package var id: String
        /// SHA-256 of the weights, in lower-case hexadecimal; nil if it was not computed.
        package var sha256: String?
        /// `fp32`, `bf16` or `int8`: what it was computed in; nil in records of posed before it could choose.
        package var precision: String?
        /// The data set that a network of several was used as; nil for COCO.
        package var dataset: String?
        /// The size of crops, `HEIGHTxWIDTH`, where it is not the one that the network was trained with.
        package var input: String?

        package init(
            id: String, sha256: String? = nil, precision: String? = nil, dataset: String? = nil, input: String? = nil
        ) {
            self.id = id
            self.sha256 = sha256
            self.precision = precision
            self.input = input
            self.dataset = dataset
        }
    }

    /// Where the pictures come from, as they are after rotation.
    package struct Source: Sendable, Equatable {
        /// A path or an address, always without credentials.
        package let uri: String
        package var width: Int
        package var height: Int
        /// The clockwise turn in degrees that was applied: 0, 90, 180 or 270.
        package var rotation: Int
        /// FFmpeg's name of it.
        package var codec: String
        /// Frames a second as the container tells; nil where it does not, as for a still picture.
        package var frameRate: Double?

        /// - Parameter uri: what the user gave; credentials in it are replaced by `***`.
        package init(uri: String, width: Int, height: Int, rotation: Int = 0, codec: String, frameRate: Double? = nil) {
            self.uri = redacted(uri: uri)
            self.width = width
            self.height = height
            self.rotation = rotation
            self.codec = codec
            self.frameRate = frameRate
        }
    }

    /// The name that the user gave the stream, or that the file bears.
    package var stream: String
    /// New with every start of the program: see `newSession`.
    package var session: String
    package var skeleton: Skeleton
    /// Nil where the boxes came from elsewhere.
    package var detector: Model?
    package var pose: Model
    package var source: Source
    /// The version of posed.
    package var version: String

    package init(
        stream: String, session: String = StreamHeader.newSession(), skeleton: Skeleton, detector: Model?, pose: Model,
        source: Source, version: String
    ) {
        self.stream = stream
        self.session = session
        self.skeleton = skeleton
        self.detector = detector
        self.pose = pose
        self.source = source
        self.version = version
    }
}
