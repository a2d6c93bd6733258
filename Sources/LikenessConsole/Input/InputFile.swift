package import Foundation
internal import Glibc
internal import LikenessFormats

/// A file, pipe or terminal to read whole; gzip is unpacked, and a byte order mark of UTF-8 left out.
package enum InputFile {
    /// Why it could not be read: a sentence without the name of the file.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Most that a file holds, unpacked.
    package static let bytesMax = 4 << 30
    /// Twice happens; each more is a way to fill a memory.
    private static let packingsMax = 2

    /// - Parameters:
    ///   - path: Of anything that can be opened, `/dev/stdin` and `<(…)` included; "-" is standard input.
    ///   - bytesMax: Most that is read, unpacked; 1 MiB at least.
    package static func read(_ path: String, bytesMax: Int = Self.bytesMax) throws(Failure) -> Data {
        let descriptor = path == "-" ? STDIN_FILENO : try Self.open(path)
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        var data = Data()
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw Self.failure(errno)
            }
            if count == 0 { break }
            data.append(contentsOf: chunk[..<count])
            guard data.count <= bytesMax else {
                throw Failure(description: "cannot be read: over \(bytesMax >> 20) MiB")
            }
        }
        var packings = 0
        while data.starts(with: [0x1F, 0x8B]) {
            packings += 1
            guard packings <= Self.packingsMax else {
                throw Failure(description: "is packed with gzip over \(Self.packingsMax) times: gunzip it first")
            }
            do throws(FormatError) {
                data = try Gzip.unpacked(data, bytesMax: bytesMax)
            } catch {
                throw Failure(description: error.description)
            }
        }
        return data.starts(with: [0xEF, 0xBB, 0xBF]) ? Data(data.dropFirst(3)) : data
    }

    /// - Returns: The descriptor of a file that is open for reading, not a folder.
    package static func open(_ path: String) throws(Failure) -> Int32 {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let code = errno
            if code == ENOENT, let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) {
                throw Failure(description: "cannot be read: is a link to \"\(target)\", which does not exist")
            }
            throw Self.failure(code)
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
            close(descriptor)
            throw Self.failure(EISDIR)
        }
        return descriptor
    }

    private static func failure(_ code: Int32) -> Failure {
        Failure(description: "cannot be read: \(String(cString: strerror(code)))")
    }
}
