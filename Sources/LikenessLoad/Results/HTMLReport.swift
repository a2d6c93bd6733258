internal import Foundation

/// A page that needs nothing else: figures as tables, and plots that a script in it draws.
package enum HTMLReport {
    package static func text(_ report: LoadReport) throws -> String {
        try Self.page(title: "\(report.run.label): \(Figures.rate(report.rate))/s", kind: "run", data: report.json())
    }

    package static func text(_ report: LimitReport) throws -> String {
        let limit = report.rate.map { "\(Figures.rate($0))/s" } ?? "none found"
        return try Self.page(title: "\(report.label): limit \(limit)", kind: "limit", data: report.json())
    }

    private static func page(title: String, kind: String, data: Data) -> String {
        // A report's texts come from servers: none of them may end the script.
        let json = String(decoding: data, as: UTF8.self).replacingOccurrences(of: "<", with: "\\u003c")
        let title = title.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(title)</title>
            <style>
            \(Self.style)
            </style>
            </head>
            <body>
            <main></main>
            <script type="application/json" id="data" data-kind="\(kind)">\(json)</script>
            <script>
            \(Self.plots)
            \(Self.script)
            </script>
            </body>
            </html>

            """
    }
}
