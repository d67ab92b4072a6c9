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
    let table = Self.text("/proc/\(process)/net/tcp")
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

  /// Read to its end: each read of such a file gives a page, which Foundation takes for the end.
  private static func text(_ path: String) -> String {
    let file = open(path, O_RDONLY)
    guard file >= 0 else { return "" }
    defer { close(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      let count = read(file, &buffer, buffer.count)
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes += buffer[..<count]
    }
  }
}
