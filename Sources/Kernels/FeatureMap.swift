internal import CKernels

/// A batch of feature maps, channels last: `[batch, height, width, channels]`.
///
/// It may show only some channels of wider maps. That is how layers are concatenated without a copy: each writes its
/// channels of the joint map.
package struct FeatureMap {
    package let batch: Int
    package let height: Int
    package let width: Int
    package let channels: Int
    /// Floats from one place to the next.
    let stride: Int
    let tensor: Tensor
    private let firstChannel: Int

    package init(batch: Int, height: Int, width: Int, channels: Int) {
        self.init(Tensor([batch, height, width, channels]))
    }

    /// `tensor` is `[batch, height, width, channels]`.
    package init(_ tensor: Tensor) {
        precondition(tensor.shape.count == 4, "a feature map is [batch, height, width, channels], not \(tensor.shape)")
        let shape = tensor.shape
        self.init(
            tensor, batch: shape[0], height: shape[1], width: shape[2], channels: shape[3], stride: shape[3], firstChannel: 0)
    }

    private init(
        _ tensor: Tensor, batch: Int, height: Int, width: Int, channels: Int, stride: Int, firstChannel: Int
    ) {
        self.tensor = tensor
        self.batch = batch
        self.height = height
        self.width = width
        self.channels = channels
        self.stride = stride
        self.firstChannel = firstChannel
    }

    /// Some of the channels, without a copy.
    package func channels(_ range: Range<Int>) -> FeatureMap {
        precondition(range.lowerBound >= 0 && range.upperBound <= channels, "channels \(range) of \(channels)")
        return FeatureMap(
            tensor, batch: batch, height: height, width: width, channels: range.count, stride: stride,
            firstChannel: firstChannel + range.lowerBound)
    }

    /// One map of the batch, without a copy.
    package func image(_ index: Int) -> FeatureMap {
        FeatureMap(
            tensor.slice(index..<index + 1), batch: 1, height: height, width: width, channels: channels, stride: stride,
            firstChannel: firstChannel)
    }

    /// Places of all maps of the batch.
    var places: Int { batch * height * width }
    var pointer: UnsafeMutablePointer<Float> { tensor.pointer + firstChannel }

    /// The first place of map `index`.
    func pointer(_ index: Int) -> UnsafeMutablePointer<Float> { pointer + index * height * width * stride }

    func hasSize(of other: FeatureMap) -> Bool {
        batch == other.batch && height == other.height && width == other.width
    }

    /// Fills the maps from `planes` `[batch, channels, height, width]`.
    package func fill(planes: Tensor) {
        precondition(planes.shape == [batch, channels, height, width], "planes \(planes.shape) do not fill the maps")
        let size = height * width
        parallel(maps: batch, size, by: 1 << 13) { index, range in
            ck_channels_last(
                channels, size, range.lowerBound, range.upperBound, planes.pointer + index * channels * size, pointer(index),
                stride)
        }
    }

    /// Copies the maps to `planes` `[batch, channels, height, width]`.
    package func copy(toPlanes planes: Tensor) {
        precondition(planes.shape == [batch, channels, height, width], "the maps do not fill planes \(planes.shape)")
        let size = height * width
        parallel(batch) { index in
            ck_channels_first(channels, size, pointer(index), stride, planes.pointer + index * channels * size)
        }
    }

    /// Cuts each map into patches of `size`, which divides it: `[batch * patches, height * width * channels]`, the patches row by row.
    package func cut(_ size: (height: Int, width: Int), into patches: Tensor) {
        let (rows, columns, length) = (height / size.height, width / size.width, size.width * channels)
        precondition(
            stride == channels && rows * size.height == height && columns * size.width == width
                && patches.shape == [batch * rows * columns, size.height * length],
            "patches of \(size) do not fill \(patches.shape)")
        parallel(batch * rows) { index in
            let first = pointer + index * size.height * width * channels
            for column in 0..<columns {
                let patch = patches.pointer + (index * columns + column) * size.height * length
                for row in 0..<size.height {
                    (patch + row * length).update(from: first + (row * width) * channels + column * length, count: length)
                }
            }
        }
    }

    /// Fills this map with another one, each of whose pixels becomes a square of `scale` (nearest enlargement); or adds that.
    package func fill(_ other: FeatureMap, enlarged scale: Int, adding: Bool) {
        precondition(
            other.batch == batch && other.height * scale == height && other.width * scale == width && other.channels == channels,
            "a map enlarged by \(scale) does not fit")
        parallel(maps: batch, height, by: 4) { index, rows in
            for row in rows {
                for column in 0..<width {
                    let from = other.pointer(index) + (row / scale * other.width + column / scale) * other.stride
                    let to = pointer(index) + (row * width + column) * stride
                    guard adding else {
                        to.update(from: from, count: channels)
                        continue
                    }
                    for channel in 0..<channels { to[channel] += from[channel] }
                }
            }
        }
    }

    /// Every pixel four times: nearest enlargement by two.
    package func doubled(into output: FeatureMap) {
        precondition(
            output.batch == batch && output.height == 2 * height && output.width == 2 * width && output.channels == channels,
            "a doubled map does not fit")
        parallel(maps: batch, height, by: 8) { index, rows in
            ck_double(
                channels, width, rows.lowerBound, rows.upperBound, pointer(index), stride, output.pointer(index), output.stride)
        }
    }
}
