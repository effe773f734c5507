extension FixedWidthInteger {
    /// The number without its fraction, or the nearest end of this type's range; NaN becomes 0.
    ///
    /// Swift's own `Int(_: Double)` ends the process when the number does not fit, so a number from outside (a file, a camera,
    /// a request) goes through here, through `init(exactly:)` or `init(clamping:)`. `make lint` finds what does not.
    package init(saturating number: some BinaryFloatingPoint) {
        let whole = number.rounded(.towardZero)
        if let exact = Self(exactly: whole) {
            self = exact
        } else if whole.isNaN {
            self = 0
        } else {
            self = whole < 0 ? .min : .max
        }
    }
}
