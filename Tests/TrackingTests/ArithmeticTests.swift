import Testing

@testable import Tracking

struct ArithmeticTests {
    @Test func assignmentsAreAsGoodAsSciPys() throws {
        for golden in try Goldens.read().assignments {
            let columns = Assignment.solve(golden.costs, rows: golden.rows, columns: golden.columns, gate: golden.gate)
            let pairs = columns.enumerated().compactMap { row, column in column.map { golden.costs[row * golden.columns + $0] } }
            #expect(pairs.allSatisfy { $0 < golden.gate })
            #expect(Set(columns.compactMap(\.self)).count == pairs.count, "a column is given once")
            #expect(abs(pairs.reduce(0) { $0 + $1 - golden.gate } - golden.best) < 1e-9)
        }
    }

    @Test func whatIsNoNumberIsNoPair() {
        #expect(Assignment.solve([.nan, 0.1, 0.2, .nan, .nan, .infinity], rows: 3, columns: 2, gate: 1) == [1, 0, nil])
        #expect(Assignment.solve([.nan, .nan], rows: 1, columns: 2, gate: 1) == [nil])
    }

    @Test func nobodyIsAssignedToNobody() {
        #expect(Assignment.solve([], rows: 0, columns: 3, gate: 1) == [])
        #expect(Assignment.solve([], rows: 2, columns: 0, gate: 1) == [nil, nil])
        #expect(Assignment.solve([.infinity, 2, 1, .infinity], rows: 2, columns: 2, gate: 1) == [nil, nil])
    }

    @Test func butterworthIsSciPysButterAndFiltfilt() throws {
        for golden in try Goldens.read().filters {
            let filter = Butterworth(order: golden.order, cutoff: golden.cutoff, rate: golden.rate)
            #expect(difference(filter.numerator, golden.numerator) < 1e-12)
            #expect(difference(filter.denominator, golden.denominator) < 1e-12)
            // SciPy pads by 3 (order + 1) and refuses shorter signals.
            #expect(difference(filter.zeroPhase(golden.signal), golden.filtered) < 1e-9)
        }
    }

    @Test func aSignalTooShortForItsPaddingIsStillFiltered() {
        let filter = Butterworth(order: 2, cutoff: 6, rate: 30)
        #expect(filter.zeroPhase([]) == [])
        #expect(filter.zeroPhase([5]) == [5])
        #expect(difference(filter.zeroPhase([1, 1, 1, 1]), [1, 1, 1, 1]) < 1e-12)
    }

    @Test func interpolationIsSciPysPchip() throws {
        for golden in try Goldens.read().curves {
            let curve = Interpolation(times: golden.times, values: golden.values)
            #expect(difference(curve(golden.wanted), golden.interpolated) < 1e-12)
        }
        #expect(Interpolation(times: [1], values: [4])([0, 1, 2]) == [4, 4, 4])
    }

    /// The reference discretises with a matrix exponential and filters with matrices.
    @Test func motionIsAKalmanFilterAndItsSmootherRauchTungStriebels() throws {
        for golden in try Goldens.read().smoothers {
            let model = Motion.Model(fade: golden.fade, drive: golden.drive)
            var states: [Motion] = []
            let steps = golden.steps.map { Motion.Step(seconds: $0, model) }
            for (index, measured) in golden.measured.enumerated() {
                guard var state = states.last else {
                    states.append(Motion(position: try #require(measured), variance: golden.noises[0], speed: 2))
                    continue
                }
                state.predict(steps[index])
                if let measured { state.update(measured, variance: golden.noises[index]) }
                states.append(state)
            }
            #expect(difference(states.flatMap { [$0.position, $0.velocity] }, golden.filtered) < 1e-7)
            #expect(difference(states.flatMap { [$0.pp, $0.pv, $0.pv, $0.vv] }, golden.covariances) < 1e-7)
            for index in states.indices.dropLast().reversed() {
                states[index] = states[index].smoothed(by: states[index + 1], after: steps[index + 1])
            }
            #expect(difference(states.flatMap { [$0.position, $0.velocity] }, golden.smoothed) < 1e-6)
            #expect(difference(states.flatMap { [$0.pp, $0.pv, $0.pv, $0.vv] }, golden.spreads) < 1e-6)
        }
    }

    @Test(arguments: [0.3, 3, .infinity]) func manyShortStepsAreOneLongOne(fade: Double) {
        let model = Motion.Model(fade: fade, drive: 2)
        var once = Motion(position: 3, variance: 0.5, speed: 4)
        once.velocity = -2
        var often = once
        once.predict(Motion.Step(seconds: 0.5, model))
        for _ in 0..<100 { often.predict(Motion.Step(seconds: 0.005, model)) }
        #expect(difference([once.position, once.velocity, once.pp], [often.position, often.velocity, often.pp]) < 1e-5)
        #expect(difference([once.pv, once.vv], [often.pv, often.vv]) < 1e-5)
    }

    @Test func aQuietPointIsFilteredAsTheOneEuroFilterDoes() throws {
        let golden = try Goldens.read().euro
        var filter = OneEuroFilter(x: golden.values[0] * 100, y: 7)
        var filtered = [filter.x / 100]
        let settings = OneEuroFilter.Settings(minCutoff: golden.minCutoff, beta: golden.beta)
        for index in golden.times.indices.dropFirst() {
            let step = golden.times[index] - golden.times[index - 1]
            filter.update(x: golden.values[index] * 100, y: 7, step: step, size: 100, weight: 1, settings)
            filtered.append(filter.x / 100)
        }
        #expect(difference(filtered, golden.filtered) < 1e-12)
    }

    @Test func onlyWhatStandsOutIsAnOutlier() {
        let times = (0..<30).map { Double($0) / 30 }
        var values = times.map { $0 }
        values[12] += 1
        let outliers = Hampel.outliers(times: times, values: values, least: 0.01)
        #expect(outliers.indices.filter { outliers[$0] } == [12])
        #expect(!Hampel.outliers(times: [0], values: [5], least: 0).contains(true))
    }
}
