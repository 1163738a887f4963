#include "app/simulate/svg.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

namespace holdfast::app {
namespace {

/// A palette entry: class, what it paints, light, dark. Text colours reach 4.5:1 on their
/// background.
struct Paint {
  const char* look;
  const char* what;
  const char* light;
  const char* dark;
};
constexpr Paint kPaints[] = {
    {"ground", "fill", "#fbfaf7", "#14171c"},  {"frame", "stroke", "#dcd8cf", "#2f353f"},
    {"panel", "fill", "#f2efe8", "#1c2027"},   {"ink", "fill", "#1f2430", "#e8eaee"},
    {"muted", "fill", "#5a606c", "#a3acb9"},   {"good", "fill", "#15693e", "#58cf97"},
    {"bad", "fill", "#b3202a", "#ff7b7b"},     {"sync", "fill", "#2456a6", "#7fb2ff"},
    {"grid", "stroke", "#dcd8cf", "#2f353f"},  {"axis", "stroke", "#8b8f98", "#6d7683"},
    {"limit", "stroke", "#1f2430", "#e8eaee"}, {"waits", "fill", "#d8d4ca", "#3a414c"},
    {"asks", "fill", "#9fb4d6", "#46618c"},    {"acts", "fill", "#d79a2b", "#c98d22"},
    {"still", "fill", "#f0d9a8", "#5d4820"},   {"lock", "stroke", "#2456a6", "#7fb2ff"},
    {"some", "fill", "#15693e", "#2b8a5a"},    {"none", "fill", "#6b707b", "#59616d"},
    {"below", "fill", "#b3202a", "#c5343d"},   {"onfill", "fill", "#ffffff", "#ffffff"},
    {"cron", "stroke", "#b3202a", "#ff7b7b"},  {"push", "stroke", "#2456a6", "#7fb2ff"},
    {"hold", "stroke", "#15693e", "#58cf97"},  {"want", "stroke", "#8b8f98", "#6d7683"},
    {"excess", "fill", "#b3202a", "#ff7b7b"},
};

constexpr const char* kShapes =
    "text{font:12px ui-sans-serif,system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif}"
    ".h1{font-size:20px;font-weight:700}.h2{font-size:14px;font-weight:600}"
    ".big{font-size:30px;font-weight:700}.bold{font-weight:700}"
    ".middle{text-anchor:middle}.end{text-anchor:end}"
    "line,polyline{fill:none;stroke-width:1}.thick{stroke-width:2.5}.lock{stroke-width:2}"
    ".dotted{stroke-dasharray:2 4}.dashed{stroke-dasharray:7 5}.frame{fill:none}"
    ".excess{fill-opacity:.16}";

std::string palette(bool dark) {
  std::string css;
  for (const Paint& paint : kPaints) {
    css += fmt::format(".{}{{{}:{}}}", paint.look, paint.what, dark ? paint.dark : paint.light);
  }
  return css;
}

/// "12.5", "12": to a tenth, without a needless zero.
std::string number(double value) {
  std::string text = fmt::format("{:.1f}", value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text == "-0" ? "0" : text;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string list_of(const std::vector<Svg::Point>& points) {
  std::string out;
  for (const auto& [x, y] : points) {
    out += fmt::format("{}{},{}", out.empty() ? "" : " ", number(x), number(y));
  }
  return out;
}

}  // namespace

Svg::Svg(double width, double height, std::string title, std::string description)
    : width_(width),
      height_(height),
      title_(std::move(title)),
      description_(std::move(description)) {}

void Svg::rect(double x, double y, double width, double height, std::string_view look,
               double rounding) {
  body_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{} class=\"{}\"/>\n",
                       number(x), number(y), number(width), number(height),
                       rounding > 0 ? fmt::format(" rx=\"{}\"", number(rounding)) : "", look);
}

void Svg::line(Point from, Point to, std::string_view look) {
  body_ += fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" class=\"{}\"/>\n",
                       number(from.first), number(from.second), number(to.first), number(to.second),
                       look);
}

void Svg::polyline(const std::vector<Point>& points, std::string_view look) {
  body_ += fmt::format("<polyline points=\"{}\" class=\"{}\"/>\n", list_of(points), look);
}

void Svg::polygon(const std::vector<Point>& points, std::string_view look) {
  body_ += fmt::format("<polygon points=\"{}\" class=\"{}\"/>\n", list_of(points), look);
}

void Svg::circle(Point centre, double radius, std::string_view look) {
  body_ += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" class=\"{}\"/>\n",
                       number(centre.first), number(centre.second), number(radius), look);
}

void Svg::text(Point at, std::string_view text, std::string_view look) {
  body_ += fmt::format("<text x=\"{}\" y=\"{}\" class=\"{}\">{}</text>\n", number(at.first),
                       number(at.second), look, escaped(text));
}

std::string Svg::finish() const {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\" role=\"img\" aria-labelledby=\"title desc\">\n"
      "<title id=\"title\">{2}</title>\n<desc id=\"desc\">{3}</desc>\n"
      "<style>{4}{5}@media (prefers-color-scheme:dark){{{6}}}</style>\n"
      "<rect width=\"{0}\" height=\"{1}\" rx=\"10\" class=\"ground\"/>\n"
      "<rect x=\".5\" y=\".5\" width=\"{7}\" height=\"{8}\" rx=\"10\" class=\"frame\"/>\n"
      "{9}</svg>\n",
      number(width_), number(height_), escaped(title_), escaped(description_), kShapes,
      palette(false), palette(true), number(width_ - 1), number(height_ - 1), body_);
}

double svg_text_width(std::string_view text, double font_size) {
  size_t characters = 0;
  for (const char c : text) characters += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
  return static_cast<double>(characters) * font_size * 0.56;
}

Status write_picture(const std::string& file, std::string_view text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (out) return {};
  return fail(
      ErrorCode::kIo,
      fmt::format("--svg: cannot write '{}': {}; name a file in a folder that exists and may "
                  "be written to",
                  file, std::strerror(errno)));
}

}  // namespace holdfast::app
