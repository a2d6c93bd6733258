internal import Foundation
internal import LikenessClient

extension FuzzTarget {
    /// A `client.json`: a host, a port and the names of files, or the name of what is wrong.
    static let clientFiles = FuzzTarget(name: "client-files") { bytes in
        switch Result(catching: { () throws(ClientFile.Problem) in try ClientFile(parsing: Data(bytes)) }) {
        case .success(let file):
            precondition(!file.host.isEmpty && (1...65_535).contains(file.port), "no address: \(file)")
            guard let (host, port) = ClientFile.hostAndPort("[\(file.host)]:\(file.port)") else {
                preconditionFailure("an address that is none when it is written again: \(file)")
            }
            precondition(host == file.host && port == file.port, "another address when it is written again: \(file)")
        case .failure(let problem): precondition(!problem.text.isEmpty)
        }
    }
}
