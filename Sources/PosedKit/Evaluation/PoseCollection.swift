import Evaluation
import Networks
import PoseTypes

/// The poses of annotated pictures as COCO results, made as the official ViTPose evaluation makes them: one pose a box,
/// scored by box and joints, thinned out by OKS (``PoseSuppression``).
struct PoseCollection {
    /// Whose boxes are cropped.
    enum Boxes {
        /// The annotated persons'. Their score is 1.
        case annotated
        case detected
        /// A detector's results file; what it has on other pictures or classes is left out.
        case given([COCOResult])
    }

    /// Those that a run looks at: with given or annotated boxes, the pictures that have any.
    let pictures: [COCODataset.Picture]
    private let category: Int
    private let find: (COCODataset.Picture, Image) throws -> [Detection]
    private let estimate: (Image, [BoundingBox]) throws -> [Pose]
    private let suppress: PoseSuppression

    /// - Parameter detector: is needed where boxes are to be detected.
    init(
        of dataset: COCODataset, boxes: Boxes, estimator: any PoseEstimator, detector: (any ObjectDetector)?
    ) throws(PosedError) {
        guard estimator.skeleton.joints == Skeleton.coco17.joints else {
            throw PosedError(.badData, "COCO's figures are of its 17 keypoints; this pose network finds others")
        }
        try self.init(
            of: dataset, boxes: boxes, detect: { try detector?.people(in: $0, threshold: BoxCollection.threshold) ?? [] },
            estimate: { try estimator.poses(in: $0, boxes: $1) })
    }

    init(
        of dataset: COCODataset, boxes: Boxes,
        detect: @escaping (Image) throws -> [Detection], estimate: @escaping (Image, [BoundingBox]) throws -> [Pose]
    ) throws(PosedError) {
        category = dataset.personCategory
        self.estimate = estimate
        suppress = PoseSuppression(similarity: .coco)
        switch boxes {
        case .annotated:
            let known = try dataset.posedPersons()
            find = { picture, image in (known[picture.id] ?? []).compactMap { $0.clipped(to: image) } }
            pictures = dataset.pictures.filter { known[$0.id] != nil }
        case .detected:
            find = { _, image in Array(try detect(image).prefix(BoxCollection.limit)) }
            pictures = dataset.pictures
        case .given(let results):
            let known = try results.detections(of: category)
            find = { picture, _ in known[picture.id] ?? [] }
            pictures = dataset.pictures.filter { known[$0.id] != nil }
        }
    }

    /// Poses for the pictures in the folder, by picture and best first.
    /// - Parameter problem: is told of pictures that cannot be used; people in them count as missed.
    func run(folder: String, progress: (Int) -> Void, problem: (String) -> Void) throws -> [COCOResult] {
        var results: [COCOResult] = []
        try PictureWalk(pictures, in: folder).each(progress: progress, problem: problem) { picture, image in
            let people = try find(picture, image)
            let candidates = zip(people, try estimate(image, people.map(\.box))).map {
                PoseSuppression.Candidate(pose: $1, in: $0.box, boxScore: $0.score)
            }
            results += suppress(candidates).map {
                COCOResult(picture: picture.id, category: category, pose: $0.pose, score: $0.score)
            }
        }
        return results
    }
}

extension COCODataset {
    /// The boxes of annotated persons, by picture: those that mmpose's `TopDownCocoDataset` makes a crop of.
    fileprivate func posedPersons() throws(PosedError) -> [Int: [Detection]] {
        guard let annotations else {
            throw PosedError(.badData, "the annotation file has no annotations whose boxes could be taken")
        }
        let posed = annotations.filter {
            $0.categoryID == personCategory && !$0.isCrowd && $0.labelledJoints > 0 && $0.area > 0
                && $0.keypoints.contains { $0 > 0 }
        }
        return Dictionary(grouping: posed, by: \.pictureID).mapValues {
            $0.map { Detection(box: BoundingBox($0.box), score: 1) }
        }
    }
}

extension [COCOResult] {
    fileprivate func detections(of category: Int) throws(PosedError) -> [Int: [Detection]] {
        var known: [Int: [Detection]] = [:]
        for (index, result) in enumerated() where result.categoryID == category {
            guard let box = result.box, box.count == 4 else {
                throw PosedError(.badData, "boxes record \(index + 1) needs a bbox of 4 numbers")
            }
            known[result.pictureID, default: []].append(Detection(box: BoundingBox(box), score: Float(result.score)))
        }
        return known
    }
}

extension Detection {
    /// With the box inside the picture, as mmpose's `TopDownCocoDataset` clips it; nil where nothing is left.
    fileprivate func clipped(to image: Image) -> Detection? {
        let (left, top) = (max(0, box.x), max(0, box.y))
        let right = min(Float(image.width - 1), left + max(0, box.width))
        let bottom = min(Float(image.height - 1), top + max(0, box.height))
        guard right > left, bottom > top else { return nil }
        return Detection(box: BoundingBox(x: left, y: top, width: right - left, height: bottom - top), score: score)
    }
}

extension BoundingBox {
    fileprivate init(_ values: [Double]) {
        self.init(x: Float(values[0]), y: Float(values[1]), width: Float(values[2]), height: Float(values[3]))
    }
}

extension COCOResult {
    /// Without a `bbox`, as the COCO server wants it: with one, areas would be the boxes'.
    fileprivate init(picture: Int, category: Int, pose: Pose, score: Double) {
        self.init(
            pictureID: picture, categoryID: category,
            keypoints: pose.keypoints.flatMap { [rounded($0.x), rounded($0.y), rounded($0.score)] }, score: score)
    }
}

/// Thousandths are enough of a pixel, and a third of the file.
private func rounded(_ value: Float) -> Double { (Double(value) * 1000).rounded() / 1000 }
