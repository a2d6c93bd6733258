package import Foundation
internal import Glibc

/// A folder, some of whose files are read.
package enum InputFolder {
    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The names in it without what hides, sorted.
    package static func names(in path: String) throws(InputFile.Failure) -> (files: [String], folders: [String]) {
        do {
            let names = try FileManager.default.contentsOfDirectory(atPath: path).filter { !$0.hasPrefix(".") }.sorted()
            let isFolder = names.map { Self.isFolder("\(path)/\($0)") }
            return (
                zip(names, isFolder).filter { !$0.1 }.map(\.0), zip(names, isFolder).filter(\.1).map(\.0)
            )
        } catch {
            throw InputFile.Failure(description: "cannot be read: \(error.localizedDescription)")
        }
    }

    /// One of its files; pipes and the like are not waited for.
    package static func read(
        _ name: String,
        in path: String,
        bytesMax: Int = InputFile.bytesMax
    ) throws(InputFile.Failure) -> Data {
        var status = stat()
        if stat("\(path)/\(name)", &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            throw InputFile.Failure(description: "is a pipe, a socket or a device, which is not waited for in a folder")
        }
        guard status.st_size <= bytesMax else {
            throw InputFile.Failure(
                description: "holds \(status.st_size >> 20) MiB: at most \(bytesMax >> 20) are read"
            )
        }
        return try InputFile.read("\(path)/\(name)", bytesMax: bytesMax)
    }
}
