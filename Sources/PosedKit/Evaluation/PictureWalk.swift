import Evaluation
import FoundationEssentials
import Media
import PoseTypes

/// The pictures of an annotation file in a folder, one after the other.
struct PictureWalk {
    private let pictures: [COCODataset.Picture]
    private let folder: String

    /// Looks for every file before any work is done: an hour into a run is late to find that the folder was the wrong one.
    init(_ pictures: [COCODataset.Picture], in folder: String) throws(PosedError) {
        let missing = pictures.filter { !FileManager.default.isReadableFile(atPath: "\(folder)/\($0.fileName)") }
        if let first = missing.first {
            let others = missing.count > 1 ? ", and \(missing.count - 1) more of \(pictures.count)" : ""
            throw PosedError(.missingInput, "cannot read \(folder)/\(first.fileName)\(others)")
        }
        self.pictures = pictures
        self.folder = folder
    }

    /// Gives every picture to `visit`. One that cannot be read, or is not of the annotated size, is told to `problem` and
    /// passed over.
    func each(
        progress: (Int) -> Void, problem: (String) -> Void, visit: (COCODataset.Picture, Image) throws -> Void
    ) throws {
        for (index, picture) in pictures.enumerated() {
            let path = "\(folder)/\(picture.fileName)"
            do {
                let image = try Picture.read(path: path)
                let annotated = (picture.width ?? image.width, picture.height ?? image.height)
                if annotated == (image.width, image.height) {
                    try visit(picture, image)
                } else {
                    problem("\(path) is \(image.width)x\(image.height), the annotations say \(annotated.0)x\(annotated.1)")
                }
            } catch let error as MediaError {
                problem(error.description)
            }
            progress(index + 1)
        }
    }
}
