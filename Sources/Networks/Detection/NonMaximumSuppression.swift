import PoseTypes

/// Keeps the best of a class's boxes whose IoU exceeds `overlap`; the best come first, equal ones
/// in the order they were found. As torchvision's `batched_nms`.
func nonMaximumSuppression(_ detections: [Detection], overlap: Float = 0.65) -> [Detection] {
    let order = detections.indices.sorted {
        (detections[$1].score, $0) < (detections[$0].score, $1)
    }
    var kept: [Detection] = []
    for detection in order.lazy.map({ detections[$0] })
    where !kept.contains(where: { $0.category == detection.category && $0.box.iou(detection.box) > overlap }) {
        kept.append(detection)
    }
    return kept
}
