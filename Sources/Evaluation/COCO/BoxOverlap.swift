/// Intersection over union of `[x, y, width, height]`; of a crowd's box, over the result's area alone, so that any part of
/// the crowd matches (`bbIou` of pycocotools' maskApi.c).
func overlap(of box: [Double], with truth: [Double], isCrowd: Bool) -> Double {
    let across = min(box[0] + box[2], truth[0] + truth[2]) - max(box[0], truth[0])
    let down = min(box[1] + box[3], truth[1] + truth[3]) - max(box[1], truth[1])
    guard across > 0, down > 0 else { return 0 }
    let shared = across * down
    let area = box[2] * box[3]
    return shared / (isCrowd ? area : area + truth[2] * truth[3] - shared)
}
