internal import Foundation
internal import Glibc
internal import LikenessFormats

/// A file that is written under another name beside its own and gets its own when it is whole: what is interrupted never looks whole.
///
/// Pipes and devices are written as they are. A new file can be read by its owner alone; one that is replaced keeps its permissions.
package final class OutputFile {
    /// As the user gave it.
    private let path: String
    /// What it becomes when it is whole.
    private let target: String
    /// Its name until then; `nil` for what is written in place.
    private let partial: String?
    private var descriptor: Int32
    /// Of a name that ends in `.gz`.
    private let packer: GzipPacker?
    private var buffer: [UInt8] = []

    private static let bufferBytes = 1 << 16

    package init(_ path: String) throws(OutputError) {
        self.path = path
        self.packer = path.hasSuffix(".gz") ? GzipPacker() : nil
        var status = stat()
        let isThere = stat(path, &status) == 0
        guard isThere || errno == ENOENT else { throw OutputError(place: path, code: errno) }
        if isThere, status.st_mode & S_IFMT != S_IFREG {
            (self.target, self.partial) = (path, nil)
            self.descriptor = Glibc.open(path, O_WRONLY | O_CLOEXEC)
        } else {
            self.target = Self.target(of: path)
            let partial = "\(self.target).\(String(UInt32.random(in: .min ... .max), radix: 36)).partial"
            self.partial = partial
            self.descriptor = Glibc.open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            if isThere, self.descriptor >= 0 { fchmod(self.descriptor, status.st_mode & 0o777) }
        }
        guard self.descriptor >= 0 else { throw OutputError(place: path, code: errno) }
    }

    deinit {
        guard self.descriptor >= 0 else { return }
        close(self.descriptor)
        if let partial = self.partial { unlink(partial) }
    }

    /// What links lead to, whether it is there or not: that is replaced, and not the link.
    private static func target(of path: String) -> String {
        var target = path
        for _ in 0..<Self.linksMax {
            guard let next = try? FileManager.default.destinationOfSymbolicLink(atPath: target) else { break }
            let folder = target.lastIndex(of: "/").map { String(target[...$0]) } ?? ""
            target = next.hasPrefix("/") ? next : folder + next
        }
        return target
    }

    /// As many as the system follows.
    private static let linksMax = 40

    package func write(_ text: String) throws(OutputError) {
        self.buffer += text.utf8
        guard self.buffer.count >= Self.bufferBytes else { return }
        let bytes = self.buffer
        self.buffer.removeAll(keepingCapacity: true)
        try self.put(self.packer?.pack(bytes) ?? bytes)
    }

    /// Writes what is left, on the disk, and gives the file its name. Nothing is written after it.
    package func finish() throws(OutputError) {
        let bytes = self.buffer
        self.buffer = []
        try self.put(self.packer.map { $0.pack(bytes) + $0.end() } ?? bytes)
        // Pipes have no disk.
        if self.partial != nil, fsync(self.descriptor) != 0 { throw OutputError(place: self.path, code: errno) }
        let descriptor = self.descriptor
        guard let partial = self.partial else {
            self.descriptor = -1
            guard close(descriptor) == 0 else { throw OutputError(place: self.path, code: errno) }
            return
        }
        guard rename(partial, self.target) == 0 else { throw OutputError(place: self.path, code: errno) }
        self.descriptor = -1
        close(descriptor)
    }

    private func put(_ bytes: [UInt8]) throws(OutputError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(self.descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw OutputError(place: self.path, code: errno)
            }
        }
    }
}
