# cmake -D INPUT=file -D OUTPUT=file.cc -D NAMESPACE=a::b -D NAME=kText -P embed_text.cmake
# Writes a source file that defines `extern const std::string_view NAME` with the input's text.
file(READ "${INPUT}" text)
# A literal has a length limit in some compilers, and this one never comes near it: 8 KiB pieces.
set(pieces "")
string(LENGTH "${text}" left)
set(at 0)
while(at LESS left)
  string(SUBSTRING "${text}" ${at} 8192 piece)
  string(APPEND pieces "    R\"hftext(${piece})hftext\"\n")
  math(EXPR at "${at} + 8192")
endwhile()
file(WRITE "${OUTPUT}" "// Made from ${NAME}'s source file at build time.\n#include <string_view>\n\n\
namespace ${NAMESPACE} {\nextern const std::string_view ${NAME};\nconst std::string_view ${NAME} =\n\
${pieces}    ;\n}  // namespace ${NAMESPACE}\n")
