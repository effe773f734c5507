extension Regions {
    package static var keys: [PipelineKey<Self>] {
        [PipelineKey("include", \.include, polygons), PipelineKey("exclude", \.exclude, polygons)]
    }

    private static func polygons(_ value: PipelineValue) -> [Polygon]? {
        value.items("a list of polygons")?.compactMap(polygon)
    }

    private static func polygon(_ value: PipelineValue) -> Polygon? {
        guard let items = value.items("a list of polygons, each a list of corners such as [0, 0.5]") else { return nil }
        let corners = items.compactMap(corner)
        guard corners.count == items.count else { return nil }
        if corners.count >= 3 { return corners }
        value.refuse("holds a polygon with \(corners.count) corners; it takes 3 or more")
        return nil
    }

    private static func corner(_ value: PipelineValue) -> Point? {
        let kind = "a corner [x, y] of two numbers from 0 to 1"
        guard let items = value.items(kind) else { return nil }
        guard items.count == 2 else {
            value.refuse(unless: kind)
            return nil
        }
        let numbers: [Double] = items.compactMap { $0.number(in: 0...1, "a number from 0 to 1") }
        return numbers.count == 2 ? Point(x: numbers[0], y: numbers[1]) : nil
    }
}
