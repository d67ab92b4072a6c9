import Foundation

/// PDF files made for one test.
package enum PDF {
  /// Pages of lines, each at its size in points.
  package static func document(_ pages: [[(size: Int, text: String)]]) -> [UInt8] {
    document(
      contents: pages.map { lines in
        var y = 780
        var content = "BT "
        for line in lines {
          y -= line.size + 4
          content += "/F1 \(line.size) Tf 1 0 0 1 60 \(y) Tm (\(line.text)) Tj "
        }
        return content + "ET"
      })
  }

  /// One that wants a password.
  package static func encrypted() -> [UInt8] {
    let nobodys = String(repeating: "5a", count: 32)
    let encrypt = "/Encrypt<</Filter/Standard/V 1/R 2/O<\(nobodys)>/U<\(nobodys)>/P -4>>/ID[<00><00>]"
    let whole = String(decoding: document([[(11, "Secret")]]), as: UTF8.self)
    return Array(whole.replacing("trailer\n<<", with: "trailer\n<<\(encrypt)").utf8)
  }

  /// Pages of these operators, with Helvetica as `F1`.
  package static func document(contents pages: [String]) -> [UInt8] {
    var objects: [String] = []
    let kids = pages.indices.map { "\(4 + $0 * 2) 0 R" }.joined(separator: " ")
    objects.append("<</Type/Catalog/Pages 2 0 R>>")
    objects.append("<</Type/Pages/Kids[\(kids)]/Count \(pages.count)>>")
    objects.append("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
    for (index, content) in pages.enumerated() {
      objects.append(
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents \(5 + index * 2) 0 R>>"
      )
      objects.append("<</Length \(content.utf8.count)>>\nstream\n\(content)\nendstream")
    }
    var text = "%PDF-1.4\n"
    var offsets: [Int] = []
    for (index, object) in objects.enumerated() {
      offsets.append(text.utf8.count)
      text += "\(index + 1) 0 obj\n\(object)\nendobj\n"
    }
    let start = text.utf8.count
    text += "xref\n0 \(objects.count + 1)\n0000000000 65535 f \n"
    for offset in offsets { text += String(format: "%010d 00000 n \n", offset) }
    text += "trailer\n<</Size \(objects.count + 1)/Root 1 0 R>>\nstartxref\n\(start)\n%%EOF\n"
    return Array(text.utf8)
  }
}
