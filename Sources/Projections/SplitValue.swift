import Contracts
import JSON

/// Why a value cannot be read; such an event is parked.
struct UnreadableValue: Error {
  let reason: String
}

/// The two parts of a value: `facts` as JSON text that `jsonb` takes, and the sealed part with its key's id.
struct SplitValue: Sendable {
  struct Sealed: Sendable {
    let text: String
    let key: KeyID

    func opened(with key: SealingKey) throws(UnreadableValue) -> [UInt8] {
      do {
        var text = try JWE.open(text, with: key)
        text.replaceNullCharacters()
        return text
      } catch { throw UnreadableValue(reason: "private cannot be opened: \(error)") }
    }
  }

  let facts: [UInt8]
  let sealed: Sealed?
  private let hasLookedAtPrivate: Bool

  /// Of an event that other projections may have split already.
  static func of(_ event: Event, wantsPrivate: Bool) throws(UnreadableValue) -> SplitValue {
    if let known = event.decoded.get(as: SplitValue.self), known.hasLookedAtPrivate || !wantsPrivate {
      return known
    }
    let split = try SplitValue(event.value, wantsPrivate: wantsPrivate)
    event.decoded.set(split)
    return split
  }

  init(_ value: [UInt8], wantsPrivate: Bool) throws(UnreadableValue) {
    let parsed: JSONValue
    do { parsed = try JSONValue(parsing: value, maximumDepth: JSON.maximumDepth) } catch {
      throw UnreadableValue(reason: "the value is not JSON: \(error)")
    }
    guard let facts = parsed["facts"], facts.kind == .object else {
      throw UnreadableValue(reason: "the value has no facts")
    }
    var text = facts.serialized()
    text.replaceNullCharacters()
    self.facts = text
    hasLookedAtPrivate = wantsPrivate

    guard wantsPrivate, let member = parsed["private"], !member.isNull else {
      sealed = nil
      return
    }
    guard let text = member.string else { throw UnreadableValue(reason: "private is not a text") }
    do { sealed = Sealed(text: text, key: try JWE.keyID(of: text)) } catch {
      throw UnreadableValue(reason: "private is not a JWE of ours: \(error)")
    }
  }
}

extension [UInt8] {
  /// JSON may hold the escaped character U+0000, which people can send but `jsonb` cannot keep: it becomes
  /// U+FFFD, which has the same length in escaped form.
  mutating func replaceNullCharacters() {
    guard contains(UInt8(ascii: "\\")) else { return }
    var index = 0
    while index + 5 < count {
      guard self[index] == UInt8(ascii: "\\") else {
        index += 1
        continue
      }
      if self[(index + 1)...].starts(with: [117, 48, 48, 48, 48]) {  // u0000
        replaceSubrange((index + 2)..<(index + 6), with: [102, 102, 102, 100])  // fffd
      }
      index += 2
    }
  }
}
