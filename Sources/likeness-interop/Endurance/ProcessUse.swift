internal import Foundation

/// What a process holds, as Linux says.
struct ProcessUse {
    let residentKiB: Int
    let descriptorCount: Int

    /// - Parameter process: A number, or `self`.
    init?(of process: String = "self") {
        guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
            let resident = Int(line.split(whereSeparator: \.isWhitespace).dropFirst().first ?? ""),
            let descriptors = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd")
        else { return nil }
        self.residentKiB = resident
        self.descriptorCount = descriptors.count
    }
}
