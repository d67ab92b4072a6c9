import Foundation

/// A machine's date that can be set for the programs that are started with these settings, and for nobody else: a
/// library that is loaded before the C library's answers for it. Their monotonic clocks go on as they do.
///
/// Not libfaketime 0.9.10: a program of Swift's stands still under it when the date is set back.
struct JumpingClock: Sendable {
  let settings: [String: String]
  private let offset: URL

  /// Compiles the library, with the compiler that comes with Swift, or another.
  init(in folder: URL, home: URL) async throws {
    let source = home.appendingPathComponent("ops/lib/jumping-clock.c")
    let library = folder.appendingPathComponent("jumping-clock.so")
    do {
      _ = try await Blocking.shell(
        """
        for compiler in clang cc gcc; do
          if command -v "$compiler" >/dev/null; then exec "$compiler" -shared -fPIC -O1 -o "$2" "$1" -ldl; fi
        done
        echo "there is no C compiler"; exit 1
        """, [source.path, library.path])
    } catch { throw BenchError("\(source.path) cannot be compiled: \(error)") }
    offset = folder.appendingPathComponent("clock-offset")
    settings = ["LD_PRELOAD": library.path, "CLOCK_OFFSET_FILE": offset.path]
    try jump(to: 0)
  }

  /// Sets the date so many seconds away from the true one.
  func jump(to seconds: Int64) throws {
    let file = open(offset.path, O_WRONLY | O_CREAT, 0o644)
    guard file >= 0 else { throw BenchError("\(offset.path) cannot be written: errno \(errno)") }
    defer { close(file) }
    // One write: whoever has it mapped sees the old or the new number.
    let written = withUnsafeBytes(of: seconds) { write(file, $0.baseAddress, $0.count) }
    guard written == 8 else { throw BenchError("\(offset.path) cannot be written: errno \(errno)") }
  }
}
