internal import Foundation

/// Points in a terminal: rates across, times up on a logarithmic scale, and a line that they should stay under.
struct CurvePlot {
    struct Point {
        let x: Double
        let y: Double
        /// Drawn as × instead of ●.
        let isMarked: Bool
    }

    let points: [Point]
    let bound: Double
    var width = 60
    var height = 12

    var lines: [String] {
        guard let right = self.points.map(\.x).max(), right > 0 else { return [] }
        let values = (self.points.map(\.y) + [self.bound]).filter { $0 > 0 }.map { log10($0) }
        guard let low = values.min(), let high = values.max() else { return [] }
        let span = max(high - low, 0.1)
        func row(_ value: Double) -> Int {
            Int(((log10(max(value, 1e-9)) - low) / span * Double(self.height - 1)).rounded())
        }
        var grid = Array(repeating: Array(repeating: Character(" "), count: self.width), count: self.height)
        grid[row(self.bound)] = Array(repeating: "┄", count: self.width)
        for point in self.points {
            let column = Int((point.x / right * Double(self.width - 1)).rounded())
            grid[min(max(row(point.y), 0), self.height - 1)][column] = point.isMarked ? "×" : "●"
        }
        var lines: [String] = []
        for index in stride(from: self.height - 1, through: 0, by: -1) {
            let isLabelled = index == 0 || index == self.height - 1 || index == row(self.bound)
            let value =
                index == row(self.bound) ? self.bound : pow(10, low + span * Double(index) / Double(self.height - 1))
            let label = isLabelled ? Figures.duration(milliseconds: value) : ""
            lines.append(String(repeating: " ", count: max(9 - label.count, 0)) + label + " │" + String(grid[index]))
        }
        let end = Figures.rate(right) + "/s"
        lines.append(String(repeating: " ", count: 10) + "└" + String(repeating: "─", count: self.width))
        lines.append(
            String(repeating: " ", count: 11) + "0" + String(repeating: " ", count: max(self.width - 1 - end.count, 1))
                + end
        )
        return lines
    }
}
