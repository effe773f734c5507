/// One record of a COCO results file: a pose, a box, or both.
package struct COCOResult: Sendable, Equatable {
    package var pictureID: Int
    package var categoryID: Int
    /// `[x, y, width, height]`
    package var box: [Double]?
    /// x, y, score of every joint; scoring ignores the third.
    package var keypoints: [Double]?
    package var score: Double

    package init(pictureID: Int, categoryID: Int, box: [Double]? = nil, keypoints: [Double]? = nil, score: Double) {
        self.pictureID = pictureID
        self.categoryID = categoryID
        self.box = box
        self.keypoints = keypoints
        self.score = score
    }
}

extension COCOResult: Codable {
    private enum CodingKeys: String, CodingKey {
        case keypoints, score
        case pictureID = "image_id"
        case categoryID = "category_id"
        case box = "bbox"
    }
}

/// A result made ready for scoring.
struct Candidate {
    /// In the results file, from 0.
    let place: Int
    let score: Double
    /// Decides the area range of a result without a match.
    let area: Double
    let box: [Double]
    let keypoints: [Double]

    /// The candidates of a results file, by picture, in the file's order. The rules are `COCO.loadRes`'s: where the first
    /// record has a `bbox`, the areas of all are their boxes'; otherwise those of their keypoints' extents.
    static func byPicture(_ results: [COCOResult], in dataset: COCODataset, needsKeypoints joints: Int?) throws(EvaluationError)
        -> [Int: [Candidate]]
    {
        let known = Set(dataset.pictures.map(\.id))
        let person = dataset.personCategory
        let usesBoxes = !(results.first?.box ?? []).isEmpty
        var candidates: [Int: [Candidate]] = [:]
        for (index, result) in results.enumerated() {
            func refuse(_ what: String) -> EvaluationError { EvaluationError("results record \(index + 1) \(what)") }
            guard known.contains(result.pictureID) else {
                throw refuse("is of picture \(result.pictureID), which the annotations do not have")
            }
            let keypoints = result.keypoints ?? []
            if let joints, keypoints.count != 3 * joints {
                throw refuse("needs \(3 * joints) numbers as keypoints, it has \(keypoints.count)")
            }
            let box = usesBoxes ? result.box ?? [] : extent(of: keypoints)
            guard box.count == 4 else {
                throw refuse(usesBoxes ? "needs a bbox of 4 numbers, as the first has one" : "has neither bbox nor keypoints")
            }
            guard result.categoryID == person else { continue }
            candidates[result.pictureID, default: []].append(
                Candidate(place: index, score: result.score, area: box[2] * box[3], box: box, keypoints: keypoints))
        }
        if candidates.isEmpty, let other = results.first?.categoryID {
            throw EvaluationError(
                "no result is of category \(person), which is scored; theirs is \(other): write category_id as the annotations have it"
            )
        }
        return candidates
    }

    private static func extent(of keypoints: [Double]) -> [Double] {
        guard keypoints.count >= 3 else { return [] }
        let x = stride(from: 0, to: keypoints.count, by: 3).map { keypoints[$0] }
        let y = stride(from: 1, to: keypoints.count, by: 3).map { keypoints[$0] }
        guard let left = x.min(), let right = x.max(), let top = y.min(), let bottom = y.max() else { return [] }
        return [left, top, right - left, bottom - top]
    }
}

extension [Double] {
    /// The places of these scores, best first; equal scores stay in order (numpy's mergesort of `-scores`).
    var bestFirst: [Int] {
        indices.sorted { self[$0] == self[$1] ? $0 < $1 : self[$0] > self[$1] }
    }
}
