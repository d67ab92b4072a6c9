import CArchive

/// Archives made for one test.
package enum Zip {
  /// An archive of these parts, deflated; it has 8 MiB at most.
  package static func archive(_ parts: [(name: String, content: String)]) -> [UInt8] {
    archive(parts.map { ($0.name, Array($0.content.utf8)) })
  }

  package static func archive(_ parts: [(String, [UInt8])]) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 8 << 20)
    var used = 0
    buffer.withUnsafeMutableBytes { room in
      let archive = archive_write_new()
      archive_write_set_format_zip(archive)
      archive_write_open_memory(archive, room.baseAddress, room.count, &used)
      for (name, bytes) in parts {
        let entry = archive_entry_new()
        archive_entry_set_pathname(entry, name)
        archive_entry_set_size(entry, Int64(bytes.count))
        archive_entry_set_filetype(entry, 0o100000)
        archive_write_header(archive, entry)
        _ = bytes.withUnsafeBytes { archive_write_data(archive, $0.baseAddress, $0.count) }
        archive_entry_free(entry)
      }
      archive_write_close(archive)
      archive_write_free(archive)
    }
    return Array(buffer.prefix(used))
  }
}
