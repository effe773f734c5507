import Basics
import PoseTypes

/// One joint of one person over the frames that show the person.
struct JointSeries {
    /// Seconds, strictly rising.
    let times: [Double]
    /// Nil where the joint was not seen.
    let keypoints: [Keypoint?]
    /// The person's size in pixels.
    let size: Double

    func refined(_ settings: Refiner.Settings) -> [SmoothedKeypoint] {
        var joints = [SmoothedKeypoint](repeating: .missing, count: times.count)
        for run in runs(longestGap: settings.longestGap) {
            guard let first = run.first, let last = run.last else { continue }
            let frames = Array(first...last)
            let (x, y) =
                switch settings.method {
                case .butterworth(let cutoff, let order): filtered(run, frames, cutoff: cutoff, order: order)
                case .kalman: smoothed(run, frames)
                }
            let seen = Set(run)
            for (index, frame) in frames.enumerated() {
                let sigma = seen.contains(frame) ? deviation(frame) : deviation(nearest(run, to: frame)) * 2
                let place = SmoothedKeypoint.Place(x: Float(x[index]), y: Float(y[index]), sigma: sigma)
                joints[frame] = seen.contains(frame) ? .observed(place) : .predicted(place)
            }
        }
        return joints
    }

    /// Stretches of frames that show the joint and do not stand out, without long gaps between them.
    private func runs(longestGap: Double) -> [[Int]] {
        let seen = keypoints.indices.filter { keypoints[$0] != nil }
        let places = seen.compactMap { keypoints[$0] }
        let seenTimes = seen.map { times[$0] }
        let least = Hampel.minSpread * size
        let outX = Hampel.outliers(times: seenTimes, values: places.map { Double($0.x) }, least: least)
        let outY = Hampel.outliers(times: seenTimes, values: places.map { Double($0.y) }, least: least)
        var runs: [[Int]] = []
        for (index, frame) in seen.enumerated() where !outX[index] && !outY[index] {
            if let last = runs.last?.last, times[frame] - times[last] <= longestGap {
                runs[runs.count - 1].append(frame)
            } else {
                runs.append([frame])
            }
        }
        return runs
    }

    /// Interpolates to an even rate, filters there, and goes back to the frames' own times. The rate is that of most frames, and at
    /// most four times that of all: frames that come in bursts, however close, make no endless grid.
    private func filtered(_ run: [Int], _ frames: [Int], cutoff: Double, order: Int) -> (x: [Double], y: [Double]) {
        let runTimes = run.map { times[$0] }
        let frameTimes = frames.map { times[$0] }
        let step = median(zip(frameTimes.dropFirst(), frameTimes).map { $0 - $1 })
        let span = frameTimes[frameTimes.count - 1] - frameTimes[0]
        let count = frames.count > 2 ? Int(saturating: min(span / step, 4 * Double(frames.count)).rounded()) : 0
        let rate = Double(count) / span
        func filter(_ values: [Double]) -> [Double] {
            let curve = Interpolation(times: runTimes, values: values)
            guard count > 1, cutoff < rate / 2 else { return curve(frameTimes) }
            let grid = (0...count).map { frameTimes[0] + span * Double($0) / Double(count) }
            let low = Butterworth(order: max(1, order / 2), cutoff: cutoff, rate: rate)
            return Interpolation(times: grid, values: low.zeroPhase(curve(grid)))(frameTimes)
        }
        let places = run.compactMap { keypoints[$0] }
        return (filter(places.map { Double($0.x) }), filter(places.map { Double($0.y) }))
    }

    /// A Kalman filter forwards and the Rauch-Tung-Striebel recursion backwards.
    private func smoothed(_ run: [Int], _ frames: [Int]) -> (x: [Double], y: [Double]) {
        guard let start = keypoints[frames[0]] else { return ([], []) }
        let stamps = frames.map { Timestamp(seconds: times[$0]) }
        let seen = Set(run)
        var states = [JointMotion(start, size: size, at: stamps[0])]
        var steps = [Motion.Step(seconds: 0, JointMotion.model)]
        for (index, frame) in frames.enumerated().dropFirst() {
            steps.append(Motion.Step(seconds: times[frame] - times[frame - 1], JointMotion.model, scale: size))
            var state = states[index - 1]
            state.predict(steps[index])
            if seen.contains(frame), let keypoint = keypoints[frame] { state.update(keypoint, size: size, at: stamps[index]) }
            states.append(state)
        }
        for index in states.indices.dropLast().reversed() {
            states[index] = states[index].smoothed(by: states[index + 1], after: steps[index + 1])
        }
        return (states.map(\.x.position), states.map(\.y.position))
    }

    private func deviation(_ frame: Int) -> Float { keypoints[frame]?.deviation(size: size) ?? Float(0.1 * size) }

    private func nearest(_ run: [Int], to frame: Int) -> Int {
        run.min { abs(times[$0] - times[frame]) < abs(times[$1] - times[frame]) } ?? frame
    }
}
