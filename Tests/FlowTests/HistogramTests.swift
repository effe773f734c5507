import Testing

@testable import Flow

@Suite struct HistogramTests {
    @Test func quantilesAreAsExactAsTheBounds() throws {
        var times = Histogram(bounds: Histogram.fine)
        for milliseconds in 1...1000 { times.add(Double(milliseconds) / 1000) }
        for share in [0.01, 0.5, 0.95, 0.99, 1] { #expect(abs(try #require(times.quantile(share)) / share - 1) < 0.021) }
        #expect(times.count == 1000 && abs(times.sum - 500.5) < 1e-6)
    }

    @Test func whatLiesOutsideTheBoundsCountsAsTheirEnds() {
        var times = Histogram(bounds: [1, 2])
        #expect(times.quantile(0.5) == nil)
        times.add(9)
        #expect(times.counts == [0, 0, 1] && times.quantile(0.5) == 2)
        var early = Histogram(bounds: [1, 2])
        for value in [-1, 0.5, 1, 1.5] { early.add(value) }
        #expect(early.counts == [3, 1, 0] && early.quantile(1) == 2)
        early.add(times)
        #expect(early.counts == [3, 1, 1] && early.sum == 11)
    }
}
