import Glibc

/// Times of day as RFC 3339 writes them, without a calendar: Howard Hinnant's days_from_civil and civil_from_days
/// (howardhinnant.github.io/date_algorithms.html).
package enum UTC {
    /// The years that 64 bits of nanoseconds hold whole: what `text` writes and `nanoseconds` reads.
    private static let years: ClosedRange<Int64> = 1678...2261
    private static let moments =
        day(ofYear: years.lowerBound, 1, 1) * 86_400 * 1_000_000_000...day(ofYear: years.upperBound + 1, 1, 1) * 86_400
        * 1_000_000_000 - 1

    /// `2026-11-22T11:30:00.250000Z`, cut to the microsecond; a time beyond 1678 and 2261 is written as the nearest within.
    package static func text(_ unixNanoseconds: Int64) -> String {
        let (seconds, rest) = floorDivision(min(max(unixNanoseconds, moments.lowerBound), moments.upperBound), 1_000_000_000)
        let (days, time) = floorDivision(seconds, 86_400)
        let (year, month, day) = date(ofDay: days)
        return pad(year, 4) + "-" + pad(month, 2) + "-" + pad(day, 2) + "T" + pad(time / 3600, 2) + ":" + pad(time / 60 % 60, 2)
            + ":" + pad(time % 60, 2) + "." + pad(rest / 1000, 6) + "Z"
    }

    /// Nanoseconds since 1970.
    package static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(clamping: time.tv_sec) * 1_000_000_000 + Int64(clamping: time.tv_nsec)
    }

    /// Reads what `text` writes, with any count of decimals; nil for anything else.
    package static func nanoseconds(of text: String) -> Int64? {
        guard
            let parts = text.wholeMatch(of: /(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z/)?.output,
            let year = Int64(parts.1), let month = Int64(parts.2), let day = Int64(parts.3), (1...12).contains(month),
            (1...31).contains(day), years.contains(year), let hour = Int64(parts.4), hour < 24,
            let minute = Int64(parts.5), minute < 60, let second = Int64(parts.6), second < 60
        else { return nil }
        let fraction = Int64(((parts.7.map(String.init) ?? "") + "000000000").prefix(9)) ?? 0
        let seconds = self.day(ofYear: year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
        return seconds * 1_000_000_000 + fraction
    }

    private static func date(ofDay days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, day) = floorDivision(days + 719_468, 146_097)
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
        let dayOfYear = day - (365 * year + year / 4 - year / 100)
        let month = (5 * dayOfYear + 2) / 153
        let date = (month < 10 ? month + 3 : month - 9, dayOfYear - (153 * month + 2) / 5 + 1)
        return (year + era * 400 + (date.0 <= 2 ? 1 : 0), date.0, date.1)
    }

    private static func day(ofYear year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let (era, year) = floorDivision(month <= 2 ? year - 1 : year, 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + year * 365 + year / 4 - year / 100 + dayOfYear - 719_468
    }

    private static func floorDivision(_ value: Int64, _ divisor: Int64) -> (Int64, Int64) {
        let rest = (value % divisor + divisor) % divisor
        return ((value - rest) / divisor, rest)
    }

    private static func pad(_ value: Int64, _ digits: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
