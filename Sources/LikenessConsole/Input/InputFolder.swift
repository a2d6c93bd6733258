package import Foundation
internal import Glibc

/// A folder, some of whose files are read.
package enum InputFolder {
    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The names in it, without folders and what hides; sorted.
    package static func names(in path: String) throws(InputFile.Failure) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path).filter {
                !$0.hasPrefix(".") && !Self.isFolder("\(path)/\($0)")
            }.sorted()
        } catch {
            throw InputFile.Failure(description: "cannot be read: \(error.localizedDescription)")
        }
    }

    /// One of its files; pipes and the like are not waited for.
    package static func read(_ name: String, in path: String, bytesMax: Int) throws(InputFile.Failure) -> Data {
        var status = stat()
        guard stat("\(path)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw InputFile.Failure(description: "is no file")
        }
        guard status.st_size <= bytesMax else {
            throw InputFile.Failure(
                description: "holds \(status.st_size >> 20) MiB: at most \(bytesMax >> 20) are read"
            )
        }
        return try InputFile.read("\(path)/\(name)")
    }
}
