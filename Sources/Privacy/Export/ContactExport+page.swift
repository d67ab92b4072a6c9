import JSON

extension ContactExport {
  /// The same as a page for people.
  package static func page(_ json: [UInt8]) throws -> String {
    let export = try parsed(json)
    func escaped(_ raw: String) -> String {
      raw.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        .replacing("\"", with: "&quot;")
    }
    func text(_ value: JSONValue?) -> String { escaped(value?.string ?? value?.int.map { "\($0)" } ?? "") }
    func whole(_ value: JSONValue) -> String { escaped(String(decoding: value.serialized(), as: UTF8.self)) }
    func quoted(_ said: JSONValue) -> String {
      said["quoted"].map { "<details><summary>quoted, and the signature</summary>\(text($0))</details>" }
        ?? ""
    }
    var html = """
      <!doctype html><html lang="en"><meta charset="utf-8"><title>What is kept about a person</title>
      <style>body{font:16px/1.5 sans-serif;max-width:50em;margin:2em auto;padding:0 1em}
      td,th{text-align:left;vertical-align:top;padding:.2em 1em .2em 0}</style>
      <h1>What is kept about a person</h1><p>Contact \(text(export["contact"])).</p>
      """
    for conversation in export["conversations"]?.array ?? [] {
      html += """
        <h2>\(text(conversation["channel"])), from \(text(conversation["opened_at"]))</h2>
        <p>Name: \(text(conversation["name"])). Address: \(text(conversation["address"])).
        E-mail: \(text(conversation["email"])). Phone: \(text(conversation["phone"])).
        Thread: \(text(conversation["thread"])).</p>
        <table><tr><th>When<th>Who<th>What
        """
      for message in conversation["messages"]?.array ?? [] {
        html += "<tr><td>\(text(message["at"]))<td>\(text(message["author"]))<td>"
        html += ["subject", "text"].map { text(message[$0]) }.filter { !$0.isEmpty }.joined(separator: "<br>")
        html += quoted(message)
        for edit in message["edits"]?.array ?? [] {
          html += "<br><i>changed at \(text(edit["at"])) to:</i> \(text(edit["text"]))" + quoted(edit)
        }
        for choice in message["choices"]?.array ?? [] {
          html += "<br><i>choice:</i> \(text(choice["title"])) \(text(choice["description"]))"
        }
        for part in ["template", "location", "contacts"] {
          if let value = message[part] { html += "<br><i>\(part):</i> \(whole(value))" }
        }
        for file in message["attachments"]?.array ?? [] {
          html +=
            "<br><i>file:</i> \(text(file["name"])) \(text(file["media_type"])) \(text(file["bytes"])) bytes"
        }
      }
      html += "</table>"
    }
    let consents = export["consents"]?.array ?? []
    if !consents.isEmpty {
      html += "<h2>What they said of hearing from us</h2><table><tr><th>When<th>Of what<th>What"
      for consent in consents {
        html += "<tr><td>\(text(consent["at"]))<td>\(text(consent["scope"]))<td>\(text(consent["state"]))"
      }
      html += "</table>"
    }
    // Messages stand above.
    let made = (export["events"]?.array ?? []).filter { $0["type"]?.string?.hasPrefix("message.") != true }
    if !made.isEmpty {
      html += "<h2>What was made of it, as the log has it</h2><table><tr><th>When<th>Event<th>What it holds"
      for event in made {
        html += "<tr><td>\(text(event["at"]))<td>\(text(event["type"]))<td>"
        html += event["private"].map(whole) ?? ""
      }
      html += "</table>"
    }
    return html + "</html>\n"
  }
}
