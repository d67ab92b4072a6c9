import Foundation

/// Which process a connection belongs to, as `/proc` has it (proc(5), "/proc/net/tcp").
enum ConnectionOwner {
  /// The port of the other side of a socket.
  static func remotePort(of socket: Int32) -> Int {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(socket, $0, &length) }
    }
    return status == 0 ? Int(UInt16(bigEndian: address.sin_port)) : 0
  }

  static func isOwner(_ process: Int32, ofLocalPort port: Int) -> Bool {
    let table = (try? String(contentsOfFile: "/proc/\(process)/net/tcp", encoding: .utf8)) ?? ""
    let hexadecimal = String(format: ":%04X", port)
    let sockets = table.split(separator: "\n").dropFirst().compactMap { line -> String? in
      let fields = line.split(separator: " ", omittingEmptySubsequences: true)
      return fields.count > 9 && fields[1].hasSuffix(hexadecimal) ? "socket:[\(fields[9])]" : nil
    }
    let folder = "/proc/\(process)/fd"
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return files.contains { file in
      let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(file)")
      return target.map(sockets.contains) ?? false
    }
  }
}
