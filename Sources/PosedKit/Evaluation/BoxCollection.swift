import Evaluation
import PoseTypes

/// The persons that a detector finds in annotated pictures, as COCO results.
struct BoxCollection {
    /// Detections below only lengthen the list: their part of the curve is lower than what matters.
    static let threshold: Float = 0.01
    /// The most that COCO looks at in a picture.
    static let limit = 100
    private let dataset: COCODataset
    private let detect: (Image) throws -> [Detection]

    init(of dataset: COCODataset, detect: @escaping (Image) throws -> [Detection]) {
        self.dataset = dataset
        self.detect = detect
    }

    /// Boxes for all pictures in the folder.
    /// - Parameter problem: is told of pictures that cannot be used; people in them count as missed.
    func run(folder: String, progress: (Int) -> Void, problem: (String) -> Void) throws -> [COCOResult] {
        var results: [COCOResult] = []
        try PictureWalk(dataset.pictures, in: folder).each(progress: progress, problem: problem) { picture, image in
            results += try detect(image).prefix(Self.limit).map { found in
                let box = [found.box.x, found.box.y, found.box.width, found.box.height]
                return COCOResult(
                    pictureID: picture.id, categoryID: dataset.personCategory,
                    box: box.map { (Double($0) * 1000).rounded() / 1000 }, score: Double(found.score))
            }
        }
        return results
    }
}
