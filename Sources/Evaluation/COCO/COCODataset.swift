/// A COCO annotation file: person keypoints, instances, the `image_info` of a test set, or one of OCHuman's
/// (`ochuman_coco_format_*`), which has the same keys.
package struct COCODataset: Sendable {
    package let pictures: [Picture]
    /// Nil where the file has none: the `image_info` of a test set.
    package let annotations: [Annotation]?
    package let categories: [Category]

    package struct Picture: Sendable {
        package let id: Int
        package let fileName: String
        /// Pixels; nil where the file does not say.
        package let width: Int?
        package let height: Int?
    }

    package struct Annotation: Sendable {
        /// Scoring never counts a match with the annotation 0: so does pycocotools, which keeps ids where 0 means none.
        package let id: Int
        package let pictureID: Int
        package let categoryID: Int
        /// `[x, y, width, height]`
        package let box: [Double]
        /// Area of the segment in square pixels, which scales OKS; the box's area where the file has none.
        package let area: Double
        package let isCrowd: Bool
        /// x, y, visibility (0 not labelled, 1 hidden, 2 visible) of every joint; empty without keypoints.
        package let keypoints: [Double]
        /// Joints that are labelled, as the file counts them.
        package let labelledJoints: Int
    }

    package struct Category: Sendable, Decodable {
        package let id: Int
        package let name: String
    }

    /// The category that is scored: the one named `person`, else the only one.
    package var personCategory: Int {
        (categories.first { $0.name == "person" } ?? categories.first)?.id ?? 1
    }

    /// The annotations of persons by picture, in the file's order.
    var persons: [Int: [Annotation]] {
        let person = personCategory
        return Dictionary(grouping: (annotations ?? []).filter { $0.categoryID == person }, by: \.pictureID)
    }
}

extension COCODataset: Decodable {
    private enum CodingKeys: String, CodingKey {
        case pictures = "images"
        case annotations, categories
    }

    package init(from decoder: any Decoder) throws {
        let file = try decoder.container(keyedBy: CodingKeys.self)
        pictures = try file.decode([Picture].self, forKey: .pictures)
        annotations = try file.decodeIfPresent([Annotation].self, forKey: .annotations)
        categories = try file.decodeIfPresent([Category].self, forKey: .categories) ?? []
    }
}

extension COCODataset.Picture: Decodable {
    private enum CodingKeys: String, CodingKey {
        case id, width, height
        case fileName = "file_name"
    }
}

extension COCODataset.Annotation: Decodable {
    private enum CodingKeys: String, CodingKey {
        case id, area, keypoints
        case pictureID = "image_id"
        case categoryID = "category_id"
        case box = "bbox"
        case isCrowd = "iscrowd"
        case labelledJoints = "num_keypoints"
    }

    package init(from decoder: any Decoder) throws {
        let record = try decoder.container(keyedBy: CodingKeys.self)
        id = try record.decode(Int.self, forKey: .id)
        pictureID = try record.decode(Int.self, forKey: .pictureID)
        categoryID = try record.decodeIfPresent(Int.self, forKey: .categoryID) ?? 1
        box = try record.decode([Double].self, forKey: .box)
        guard box.count == 4 else {
            throw DecodingError.dataCorruptedError(
                forKey: .box, in: record, debugDescription: "a box has 4 numbers, this one \(box.count)")
        }
        area = try record.decodeIfPresent(Double.self, forKey: .area) ?? box[2] * box[3]
        // pycocotools writes 0 and 1, others true and false.
        if let isCrowd = try? record.decodeIfPresent(Bool.self, forKey: .isCrowd) {
            self.isCrowd = isCrowd
        } else {
            isCrowd = try (record.decodeIfPresent(Int.self, forKey: .isCrowd) ?? 0) != 0
        }
        keypoints = try record.decodeIfPresent([Double].self, forKey: .keypoints) ?? []
        labelledJoints =
            try record.decodeIfPresent(Int.self, forKey: .labelledJoints)
            ?? stride(from: 2, to: keypoints.count, by: 3).count { [keypoints] in keypoints[$0] > 0 }
    }
}
