/// One convolution of the official YOLOX: what its parameters are called, and its stride.
struct YOLOXLayer: Equatable {
    /// `name.conv.weight` and `name.bn.*`; `name.weight` and `name.bias` for the last layer of a branch.
    var name: String
    var stride = 1
    /// Predictions have a bias and no batch norm.
    var isPrediction = false

    /// The layers in the order in which the official network runs them: `YOLOPAFPN.forward`, then `YOLOXHead.forward`.
    ///
    /// `depth` is the number of bottlenecks of the shallowest stage. Depthwise variants (nano) split most 3x3 convolutions
    /// into a depthwise and a pointwise one.
    static func all(depth: Int, isDepthwise: Bool) -> [YOLOXLayer] {
        func convolution(_ name: String, stride: Int = 1) -> [YOLOXLayer] {
            isDepthwise
                ? [YOLOXLayer(name: name + ".dconv", stride: stride), YOLOXLayer(name: name + ".pconv")]
                : [YOLOXLayer(name: name, stride: stride)]
        }
        func crossStage(_ name: String, depth: Int) -> [YOLOXLayer] {
            [YOLOXLayer(name: name + ".conv1"), YOLOXLayer(name: name + ".conv2")]
                + (0..<depth).flatMap {
                    [YOLOXLayer(name: "\(name).m.\($0).conv1")] + convolution("\(name).m.\($0).conv2")
                } + [YOLOXLayer(name: name + ".conv3")]
        }
        let darknet = "backbone.backbone"
        var layers = [YOLOXLayer(name: "\(darknet).stem.conv")]
        for (stage, bottlenecks) in [(2, depth), (3, 3 * depth), (4, 3 * depth)] {
            layers += convolution("\(darknet).dark\(stage).0", stride: 2)
            layers += crossStage("\(darknet).dark\(stage).1", depth: bottlenecks)
        }
        layers += convolution("\(darknet).dark5.0", stride: 2)
        layers += ["conv1", "conv2"].map { YOLOXLayer(name: "\(darknet).dark5.1.\($0)") }
        layers += crossStage("\(darknet).dark5.2", depth: depth)

        layers.append(YOLOXLayer(name: "backbone.lateral_conv0"))
        layers += crossStage("backbone.C3_p4", depth: depth)
        layers.append(YOLOXLayer(name: "backbone.reduce_conv1"))
        layers += crossStage("backbone.C3_p3", depth: depth)
        layers += convolution("backbone.bu_conv2", stride: 2)
        layers += crossStage("backbone.C3_n3", depth: depth)
        layers += convolution("backbone.bu_conv1", stride: 2)
        layers += crossStage("backbone.C3_n4", depth: depth)

        for level in BoxDecoding.strides.indices {
            layers.append(YOLOXLayer(name: "head.stems.\(level)"))
            layers += (0..<2).flatMap { convolution("head.cls_convs.\(level).\($0)") }
            layers.append(YOLOXLayer(name: "head.cls_preds.\(level)", isPrediction: true))
            layers += (0..<2).flatMap { convolution("head.reg_convs.\(level).\($0)") }
            layers.append(YOLOXLayer(name: "head.reg_preds.\(level)", isPrediction: true))
            layers.append(YOLOXLayer(name: "head.obj_preds.\(level)", isPrediction: true))
        }
        return layers
    }
}
