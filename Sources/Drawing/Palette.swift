import PoseTypes

/// The overlay's colours: blue for the left of a body, orange for its right, which every kind of colour blindness tells
/// apart; arms lighter than legs.
enum Palette {
    static let ink = Color(0x0B1220)
    static let neutral = Color(0xF8FAFC)

    /// Bright, and far from each other for colour-blind eyes as well (after Okabe and Ito, 2008).
    static let identities: [Color] = [0x56C4F5, 0xF5B63B, 0x34D399, 0xF28AC2, 0xF7E463, 0xA99BFF, 0xFF8A5B, 0x9FE870].map(
        Color.init)

    static func left(_ part: Part) -> Color {
        switch part {
        case .leg: Color(0x2F7DFF)
        case .torso: Color(0x2E9BFA)
        case .arm: Color(0x38C6FA)
        case .face: Color(0x9BE1FF)
        }
    }

    static func right(_ part: Part) -> Color {
        switch part {
        case .leg: Color(0xFF6B1A)
        case .torso: Color(0xFF8E1F)
        case .arm: Color(0xFFBE2E)
        case .face: Color(0xFFE08A)
        }
    }
}

/// The part of the body that a joint or a bone belongs to, told from the names of the joints.
enum Part {
    case face, torso, arm, leg

    init(joint name: String) {
        func has(_ words: String...) -> Bool { words.contains { name.contains($0) } }
        self =
            if has("knee", "ankle", "toe", "heel", "foot", "back_paw") {
                .leg
            } else if has("elbow", "wrist", "hand", "thumb", "finger", "index", "pinky", "front_paw") {
                .arm
            } else if has("shoulder", "hip", "pelvis", "spine", "neck", "chest", "thorax", "tail") {
                .torso
            } else {
                .face
            }
    }

    /// A bone is a limb as soon as one end is, and belongs to the face as soon as one end does.
    init(bone first: Part, _ second: Part) {
        self = [.face, .leg, .arm].first { $0 == first || $0 == second } ?? .torso
    }
}

/// What a bone or a joint looks like.
struct Stroke: Sendable {
    let color: Color
    /// Relative to a limb.
    let weight: Float

    init(joint name: String) { self.init(names: [name], part: Part(joint: name)) }

    init(bone first: String, _ second: String) {
        self.init(names: [first, second], part: Part(bone: Part(joint: first), Part(joint: second)))
    }

    private init(names: [String], part: Part) {
        let left = names.contains { $0.hasPrefix("left_") }
        let right = names.contains { $0.hasPrefix("right_") }
        color = left == right ? Palette.neutral : left ? Palette.left(part) : Palette.right(part)
        // Hands and the landmarks of a face have many joints close together.
        let isFine = names.allSatisfy { $0.contains(/^face_|hand|thumb|finger|pinky/) }
        weight = isFine ? 0.4 : part == .face ? 0.65 : 1
    }
}
