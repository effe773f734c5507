/// What one pipeline is made of, as a pipeline file (docs/pipelines.md) describes it: where pictures come from, what is done
/// to them, where the records go.
///
/// Two that are equal would do the same, so a reload restarts only what differs.
public struct PipelineFile: Sendable, Equatable {
    /// Unlike that of every other pipeline of the program. Records bear it as the name of their stream.
    public var name: String
    public var source: Source
    public var detect = Detect()
    public var estimate = Estimate()
    public var follow = Follow()
    public var smooth = Smooth()
    /// At least one.
    public var sinks: [Sink] = [.standardOutput]
    /// Seconds for which a pipeline that ends may go on with what it has begun.
    public var stopTimeout = 10.0

    public init(name: String, source: Source) {
        self.name = name
        self.source = source
    }

    /// The settings of the stages, as `posed process` has them.
    public var options: FileOptions {
        var options = FileOptions()
        (options.threshold, options.detectEvery, options.mostPeople) = (detect.threshold, detect.detectEvery, detect.maxPersons)
        options.trackBuffer = follow.trackBuffer
        (options.minCutoff, options.beta, options.lag) = (smooth.minCutoff, smooth.beta, smooth.lag)
        (options.repairsSwaps, options.gatesBones) = (smooth.swapRepair, smooth.boneGate)
        return options
    }
}
