import Delivery
import Flow
import FoundationEssentials

extension Pipeline {
    /// Shows how far the sinks are until it is cancelled. A picture is too soon over to show anything.
    func showProgress(label path: String, total: Int?) async {
        var bar = ProgressBar(label: URL(filePath: path).lastPathComponent, total: total)
        while (try? await Task.sleep(for: .milliseconds(100))) != nil {
            bar.update(statistics.filter { $0.role == .sink }.map(\.items).min() ?? 0)
        }
        bar.clear()
    }
}
