import PoseTypes

/// COCO's results of keypoint detection (cocodataset.org, "Results Format"): an item for each person, keypoints as the network said
/// them, since they are what is evaluated. `image_id` is the frame's number.
package enum COCOResults {
    package static func items(of frame: PoseFrame) -> [[UInt8]] {
        frame.people.map { person in
            var item = TextBytes(capacity: 64 + 24 * person.pose.keypoints.count)
            item.raw(#"{"image_id":"#)
            item.integer(frame.index)
            item.raw(#","category_id":1,"keypoints":"#)
            item.list(person.pose.keypoints) { $0.triplet($1) }
            item.raw(#","score":"#)
            item.score(person.score)
            item.raw("}")
            return item.bytes
        }
    }
}

/// What AlphaPose writes (`alphapose-results.json`): COCO's results with the box and, where there is one, the identity. `image_id` is the
/// name of a picture, `NUMBER.jpg`, as AlphaPose names a video's frames.
package enum AlphaPoseResults {
    package static func items(of frame: PoseFrame) -> [[UInt8]] {
        frame.people.map { person in
            var item = TextBytes(capacity: 128 + 24 * person.pose.keypoints.count)
            item.raw(#"{"image_id":""#)
            item.integer(frame.index)
            item.raw(#".jpg","category_id":1,"keypoints":"#)
            item.list(person.pose.keypoints.indices) { $0.triplet(person.exported($1)) }
            item.raw(#","score":"#)
            item.score(person.score)
            item.raw(#","box":"#)
            item.list([person.box.x, person.box.y, person.box.width, person.box.height]) { $0.pixels($1) }
            if let id = person.track?.id {
                item.raw(#","idx":"#)
                item.integer(id.number)
            }
            item.raw("}")
            return item.bytes
        }
    }
}

/// What MMPose's inferencer writes of a video: an item for each frame, with its people.
package enum MMPosePredictions {
    package static func item(of frame: PoseFrame) -> [UInt8] {
        var item = TextBytes(capacity: 64 + frame.people.count * 512)
        item.raw(#"{"frame_id":"#)
        item.integer(frame.index)
        item.raw(#","instances":"#)
        item.list(frame.people) { item, person in
            let joints = person.pose.keypoints.indices.map { person.exported($0) }
            item.raw(#"{"keypoints":"#)
            item.list(joints) { item, joint in item.list([joint?.x ?? 0, joint?.y ?? 0]) { $0.pixels($1) } }
            item.raw(#","keypoint_scores":"#)
            item.list(joints) { $0.score($1?.score ?? 0) }
            item.raw(#","bbox":["#)
            item.list([person.box.x, person.box.y, person.box.maxX, person.box.maxY]) { $0.pixels($1) }
            item.raw(#"],"bbox_score":"#)
            item.score(person.score)
            item.raw("}")
        }
        item.raw("}")
        return item.bytes
    }
}
