import { gzipSync } from 'node:zlib';
import { unpackingTo, workbookOf, zipFile } from './zip-file.ts';

/** A file as real exports have them, and what must come of it. */
export interface AwkwardFile {
  shape: string;
  content: string | Uint8Array;
  /**
   * The rows: `2 +919000000001 Asha` for a contact with its name, with ` +91…` for further numbers, and `3 too_short`
   * for a row that is rejected. A text: the whole file is refused with these words.
   */
  comesTo: string[] | RegExp;
  /** that go with it */
  warnings?: RegExp;
}

const ONE = '9000000001';
const TWO = '9000000002';
const asha = '+919000000001 Asha';
const utf16le = (text: string) => Buffer.from(text, 'utf16le');
const utf16be = (text: string) => utf16le(text).swap16();
const latin1 = (text: string) => Buffer.from(text, 'latin1');
const cell = (at: string, value: string, rest = '') => `<c r="${at}"${rest}>${value}</c>`;

export const awkwardFiles: AwkwardFile[] = [
  // encodings
  { shape: 'UTF-8 with a mark', content: `\uFEFFphone,name\n${ONE},Asha\n`, comesTo: [`2 ${asha}`] },
  {
    shape: 'UTF-8 with two marks',
    content: `\uFEFF\uFEFFphone,name\n${ONE},Asha\n`,
    comesTo: [`2 ${asha}`],
  },
  {
    shape: 'UTF-16 as Excel writes "Unicode text"',
    content: utf16le(`\uFEFFphone\tname\r\n${ONE}\tआशा\r\n`),
    comesTo: ['2 +919000000001 आशा'],
  },
  {
    shape: 'UTF-16, the other way about',
    content: utf16be(`\uFEFFphone,name\r\n${ONE},आशा\r\n`),
    comesTo: ['2 +919000000001 आशा'],
  },
  {
    shape: 'UTF-16 without a mark',
    content: utf16le(`phone,name\r\n${ONE},Asha\r\n`),
    comesTo: [`2 ${asha}`],
  },
  {
    shape: 'UTF-16 with a sep= line',
    content: utf16le(`\uFEFFsep=\t\r\nphone\tname\r\n${ONE}\tAsha\r\n`),
    comesTo: [`2 ${asha}`],
  },
  {
    shape: 'UTF-16 cut off in a character',
    content: Buffer.concat([utf16le(`\uFEFFphone\n${ONE}\n`), Buffer.from('A')]),
    comesTo: ['2 +919000000001', '3 missing'],
  },
  {
    shape: 'Windows-1252',
    content: latin1(`phone,name\n${ONE},Jos\u00e9 \u0093Pepe\u0094\n`),
    comesTo: ['2 +919000000001 José “Pepe”'],
  },
  {
    shape: 'UTF-8 and Windows-1252 put together',
    content: Buffer.concat([Buffer.from(`phone,name\n${ONE},José\n`), latin1(`${TWO},Andr\u00e9\n`)]),
    comesTo: ['2 +919000000001 José', '3 +919000000002 André'],
  },
  {
    shape: 'a name that was cut off within a character',
    content: Buffer.concat([
      Buffer.from(`phone,name,city\n${ONE},आशा`),
      Buffer.from('e0a4', 'hex'),
      Buffer.from(',पुणे\n'),
    ]),
    comesTo: ['2 +919000000001 आशा\uFFFD'],
  },
  // what separates the cells
  { shape: 'semicolons', content: `phone;name\n${ONE};Rao, Asha\n`, comesTo: ['2 +919000000001 Rao, Asha'] },
  { shape: 'tabs', content: `phone\tname\n${ONE}\tAsha\n`, comesTo: [`2 ${asha}`] },
  { shape: 'pipes', content: `phone|name\n${ONE}|Asha\n`, comesTo: [`2 ${asha}`] },
  { shape: 'a sep= line', content: `sep=;\r\nphone;name\r\n${ONE};Asha\r\n`, comesTo: [`2 ${asha}`] },
  {
    shape: 'a sep= line behind a mark',
    content: `\uFEFF"sep=|"\nphone|name\n${ONE}|Asha\n`,
    comesTo: [`2 ${asha}`],
  },
  {
    shape: 'a title with a comma above semicolons',
    content: `Leads, November 2026\nphone;name\n${ONE};Asha\n`,
    comesTo: [`3 ${asha}`],
    warnings: /the header is row 2/,
  },
  {
    shape: 'a date with a comma above tabs',
    content: `Report made on 12/01/2026, 10:30\nphone\tname\n${ONE}\tAsha\n`,
    comesTo: [`3 ${asha}`],
    warnings: /the header is row 2/,
  },
  {
    shape: 'as many commas in the names of its columns as semicolons between them',
    content: `Phone;Name, first\n${ONE};Asha\n`,
    comesTo: ['2 +919000000001'],
  },
  {
    shape: 'more commas in the names of its columns than semicolons between them',
    content: `phone;amount, INR;due, date;x, y, z;z, w\n${ONE};1,5;2;3;4\n`,
    comesTo: ['2 +919000000001'],
  },
  {
    shape: 'carets, which are no separator',
    content: `phone^name\n${ONE}^Asha\n`,
    comesTo: /there is no phone column; the columns are "phone\^name"/,
  },
  {
    shape: 'a table drawn in Markdown',
    content: `| phone | name |\n|---|---|\n| ${ONE} | Asha |\n`,
    comesTo: ['2 missing', `3 ${asha}`],
  },
  // line ends
  { shape: 'lines that end with CR', content: `phone,name\r${ONE},Asha\r`, comesTo: [`2 ${asha}`] },
  {
    shape: 'lines that end with CR, and a cell with LF in it',
    content: `phone,name,note\r${ONE},Asha,"call\nlater"\r${TWO},Ravi,x\r`,
    comesTo: [`2 ${asha}`, '3 +919000000002 Ravi'],
  },
  {
    shape: 'lines that end with LF, and a cell with CR in it',
    content: `phone,name,note\n${ONE},Asha,"call\rlater"\n${TWO},Ravi,x\n`,
    comesTo: [`2 ${asha}`, '3 +919000000002 Ravi'],
  },
  {
    shape: 'lines that end with CR CR LF',
    content: `phone,name\r\r\n${ONE},Asha\r\r\n`,
    comesTo: [`2 ${asha}`],
  },
  {
    shape: 'lines that end now with LF, now with CR LF',
    content: `phone,name\r\n${ONE},Asha\n${TWO},Ravi\r\n`,
    comesTo: [`2 ${asha}`, '3 +919000000002 Ravi'],
  },
  { shape: 'no end of its last line', content: `phone,name\n${ONE},Asha`, comesTo: [`2 ${asha}`] },
  { shape: 'a Ctrl-Z at its end', content: `phone,name\n${ONE},Asha\n\u001A`, comesTo: [`2 ${asha}`] },
  // quotes
  {
    shape: 'quotes, commas and line breaks in cells',
    content: `phone,name,note\n${ONE},Asha,"said: ""call,\nlater"""\n${TWO},Ravi,x\n`,
    comesTo: [`2 ${asha}`, '3 +919000000002 Ravi'],
  },
  {
    shape: 'every cell in quotes',
    content: `"phone","name"\n"${ONE}","Asha"\n`,
    comesTo: [`2 ${asha}`],
  },
  {
    shape: 'single quotes around every cell',
    content: `'phone','name'\n'${ONE}','Asha'\n`,
    comesTo: [`2 +919000000001 'Asha'`],
  },
  {
    shape: 'curly quotes around a number',
    content: `phone,name\n“${ONE}”,Asha\n`,
    comesTo: [`2 ${asha}`],
  },
  {
    shape: 'a quote that is never closed',
    content: `phone,name\n${ONE},"Asha\n${TWO},Ravi\n`,
    comesTo: /row 2 opens a quote \("\) that is not closed/,
  },
  {
    shape: 'a quote that is never closed, and a later cell that ends with one',
    content: `phone,name,size\n${ONE},"Asha,2\n${TWO},Ravi,5"\n9000000003,Meena,3\n`,
    comesTo: /row 2 opens a quote \("\) that is not closed/,
  },
  {
    shape: 'a cell of several lines that begins with a quote of its own',
    content: `phone,name,note\n${ONE},Asha,"""Call\nlater"" she said"\n${TWO},Ravi,"""\n"""\n`,
    comesTo: [`2 ${asha}`, '3 +919000000002 Ravi'],
  },
  {
    shape: 'an address of several lines in a row that lacks its last cell',
    content: `phone,address,city\n${ONE},"12, MG Road\nPune, MH, 411001"\n${TWO},x,y\n`,
    comesTo: ['2 +919000000001', '3 +919000000002'],
  },
  {
    shape: 'an unquoted comma in a name',
    content: `phone,name\n${ONE},Rao, Asha\n`,
    comesTo: ['2 too_many_cells'],
  },
  // rows and columns
  {
    shape: 'ragged rows',
    content: `phone,name,city\n${ONE}\n${TWO},Ravi,Pune,,\n9000000003,Meena,Goa,x\n`,
    comesTo: ['2 +919000000001', '3 +919000000002 Ravi', '4 too_many_cells'],
  },
  {
    shape: 'empty columns at the right',
    content: `phone,name,,,\n${ONE},Asha,,,\n`,
    comesTo: [`2 ${asha}`],
  },
  {
    shape: 'hundreds of empty rows at the end',
    content: `phone,name\n${ONE},Asha\n${',\n'.repeat(400)}`,
    comesTo: [`2 ${asha}`],
  },
  {
    shape: 'a line with totals at the end',
    content: `name,phone,amount\nAsha,${ONE},5\nTotal,,5\n"Rows: 1",,\n`,
    comesTo: [`2 ${asha}`, '3 missing', '4 missing'],
  },
  {
    shape: 'a title, a date and a gap above its header',
    content: `Leads of November;;\nmade on;01.12.2026;\n\nphone;name;city\n${ONE};Asha;Pune\n`,
    comesTo: [`5 ${asha}`],
    warnings: /the header is row 4; the 2 rows above it are passed over/,
  },
  {
    shape: 'the number of a helpline above its header',
    content: `Helpline,1800 266 1234,,\nphone,name,city\n${ONE},Asha,Pune\n`,
    comesTo: [`3 ${asha}`],
    warnings: /the header is row 2; the row above it is passed over/,
  },
  {
    shape: 'no header, and a later row that reads like one',
    content: `${ONE},Asha,Home\n,Ravi,Mobile\n`,
    comesTo: /the first row is a contact, not a header/,
  },
  {
    shape: 'a title without any separator',
    content: `Leads of November\nphone;name\n${ONE};Asha\n`,
    comesTo: [`3 ${asha}`],
    warnings: /the header is row 2; the row above it is passed over/,
  },
  {
    shape: 'a comment above its header',
    content: `# made by crm 7.1\nphone,name\n${ONE},Asha\n`,
    comesTo: [`3 ${asha}`],
    warnings: /the header is row 2/,
  },
  {
    shape: 'the header once more in the middle',
    content: `phone,name\n${ONE},Asha\nphone,name\n${TWO},Ravi\n`,
    comesTo: [`2 ${asha}`, '3 not_a_number', '4 +919000000002 Ravi'],
  },
  {
    shape: 'a column of names twice',
    content: `name,phone,name\nAsha,${ONE},Rao\n`,
    comesTo: [`2 ${asha}`],
    warnings: /two columns are called "name"; the name is taken from the first/,
  },
  {
    shape: 'a column of numbers twice',
    content: `phone,phone\n${ONE},${TWO}\n`,
    comesTo: /two columns are called "phone", so the phone could be either; rename one/,
  },
  { shape: 'columns without a name', content: `,phone,\n1,${ONE},x\n`, comesTo: ['2 +919000000001'] },
  {
    shape: 'names of columns with units, spaces and capitals',
    content: `S.No., MOBILE  No. ,Customer_Name\n1,${ONE},Asha\n`,
    comesTo: [`2 ${asha}`],
  },
  {
    shape: 'no header',
    content: `Asha,${ONE}\nRavi,${TWO}\n`,
    comesTo: /the first row is a contact, not a header/,
  },
  { shape: 'a header and nothing else', content: 'phone,name\n', comesTo: /a header and no row below it/ },
  { shape: 'nothing', content: '', comesTo: /the file is empty/ },
  { shape: 'nothing but blank lines', content: '\r\n \r\n\r\n', comesTo: /the file is empty/ },
  // numbers
  {
    shape: 'numbers that Excel shortened',
    content: `phone,name\n9.19877E+11,Asha\n"9,19877E+11",Ravi\n9.190000000011E+11,Meena\n`,
    comesTo: ['2 excel_damaged', '3 excel_damaged', '4 excel_damaged'],
  },
  {
    shape: 'numbers with an exponent and all their digits',
    content: `phone,name\n9.19000000001E+11,Asha\n`,
    comesTo: [`2 ${asha}`],
  },
  {
    shape: 'numbers that lost their + or their 0',
    content: `phone\n919000000001\n2223456789\n`,
    comesTo: ['2 +919000000001', '3 +912223456789'],
  },
  {
    shape: 'numbers that went through a spreadsheet as decimals',
    content: `phone\n9000000001.0\n919000000002.00\n`,
    comesTo: ['2 +919000000001', '3 +919000000002'],
  },
  {
    shape: 'numbers with separated thousands and lakhs',
    content: `phone\n"9,000,000,001"\n"9,00,00,00,002"\n`,
    comesTo: ['2 +919000000001', '3 +919000000002'],
  },
  {
    shape: 'numbers kept as text by an apostrophe or a formula',
    content: `phone\n'9000000001\n="9000000002"\n"=""9000000003"""\n`,
    comesTo: ['2 +919000000001', '3 +919000000002', '4 +919000000003'],
  },
  {
    shape: 'spaces that do not break, and marks that are not seen',
    content: `phone\n90000\u00A000001\n\u200B9000000002\u200B\n\u202A+91 90000 00003\u202C\n\u00A0\u200B\n`,
    comesTo: ['2 +919000000001', '3 +919000000002', '4 +919000000003'],
  },
  {
    shape: 'digits of other scripts',
    content: `phone\n٩٠٠٠٠٠٠٠٠١\n+९१ ९०००० ००००२\n＋９１ ９００００００００３\n`,
    comesTo: ['2 +919000000001', '3 +919000000002', '4 +919000000003'],
  },
  {
    shape: 'two numbers in one cell',
    content: `phone,name\n${ONE} / ${TWO},Asha\n"${ONE}, ${TWO}",Ravi\n"${ONE}\n${TWO}",Meena\n`,
    comesTo: ['2 several_numbers', '3 several_numbers', '4 several_numbers'],
  },
  {
    shape: 'numbers in several columns',
    content: `Name,Mobile,Alternate Mobile,Phone 2\nAsha,${ONE},n/a,${TWO}\nRavi,,9000000003,12\n`,
    comesTo: ['2 +919000000001 +919000000002 Asha', '3 +919000000003 Ravi'],
  },
  {
    shape: 'extensions',
    content: `phone\n022 2345 6789 ext. 12\n022-23456789 x12\n`,
    comesTo: ['2 extension', '3 extension'],
  },
  {
    shape: 'words where there is no number',
    content: `phone,name\nNULL,a\nN/A,b\n-,c\n0,d\nnot given,e\n`,
    comesTo: ['2 missing', '3 missing', '4 missing', '5 missing', '6 not_a_number'],
  },
  {
    shape: 'addresses of telephones',
    content: `phone\ntel:+91-90000-00001\nhttps://wa.me/919000000002\n`,
    comesTo: ['2 +919000000001', '3 not_a_number'],
  },
  // zones and priorities
  {
    shape: 'zones and priorities as other programs write them',
    content: `Phone (Mobile),Time Zone,Priority\n${ONE},IST,1.0\n${TWO},"(GMT+05:30) India (Asia/Kolkata)",NULL\n9000000003,n/a,-\n`,
    comesTo: ['2 +919000000001', '3 +919000000002', '4 +919000000003'],
  },
  {
    shape: 'words where priorities might be',
    content: `Mobile Number 1,Priority\n${ONE},High\n${TWO},Low\n`,
    comesTo: ['2 +919000000001', '3 +919000000002'],
    warnings: /"Priority" holds no numbers, so it is kept and nobody is called earlier by it/,
  },
  // other files
  {
    shape: 'a NUL byte',
    content: `phone,note\n${ONE},x\n${TWO},y\0\n`,
    comesTo: /row 3 holds a NUL byte, so this is not text; take it out/,
  },
  {
    shape: 'a NUL byte in its header',
    content: `phone,no\0te\n${ONE},x\n`,
    comesTo: /row 1 holds a NUL byte/,
  },
  {
    shape: 'a NUL in UTF-16',
    content: utf16le(`\uFEFFphone,note\r\n${ONE},x\0\r\n`),
    comesTo: /row 2 holds a NUL byte/,
  },
  { shape: 'bytes of a program', content: Buffer.alloc(300, 1), comesTo: /this is not text/ },
  {
    shape: 'a web page named .xls',
    content: `\uFEFF\r\n<table border="1"><tr><td>phone</td></tr><tr><td>${ONE}</td></tr></table>`,
    comesTo: /a web page or XML, not a CSV file; open it in its program and save it as CSV/,
  },
  { shape: 'JSON', content: `[{"phone":"${ONE}"}]`, comesTo: /this is JSON, not a CSV file/ },
  { shape: 'gzip', content: gzipSync(`phone,name\n${ONE},Asha\n`), comesTo: [`2 ${asha}`] },
  {
    shape: 'gzip that is cut off',
    content: gzipSync(`phone,name\n${ONE},Asha\n`).subarray(0, 20),
    comesTo: /this gzip file is damaged or cut off/,
  },
  {
    shape: 'a zip file with a list in it',
    content: zipFile({ 'leads.csv': `phone\n${ONE}\n` }),
    comesTo: /a zip file or a workbook that cannot be read; unzip it first/,
  },
  {
    shape: 'a zip file without its end',
    content: workbookOf('').subarray(0, -30),
    comesTo: /a zip file or a workbook that cannot be read/,
  },
  {
    shape: 'a zip file with garbage where its directory is',
    content: Buffer.concat([
      workbookOf('').subarray(0, -100),
      Buffer.alloc(78, 'garbage'),
      workbookOf('').subarray(-22),
    ]),
    comesTo: /a zip file or a workbook that cannot be read/,
  },
  {
    shape: 'a workbook that unpacks to gigabytes',
    content: unpackingTo(4_000_000_000, workbookOf('')),
    comesTo: /the workbook is larger than 512 MB when it is unpacked; save it as CSV/,
  },
  {
    shape: 'a workbook with formulas, dates, errors and numbers as numbers',
    content: workbookOf(
      `<row r="1">${cell('A1', '<v>0</v>', ' t="s"')}${cell('B1', '<v>1</v>', ' t="s"')}${cell('C1', '<v>2</v>', ' t="s"')}</row>
       <row r="2">${cell('A2', '<v>919000000001</v>')}${cell('B2', '<f>UPPER("asha")</f><v>ASHA</v>', ' t="str"')}${cell('C2', '<v>46357</v>', ' s="1"')}</row>
       <row r="3">${cell('A3', '<f>9000000000+2</f><v>9000000002</v>')}${cell('B3', '<v>#N/A</v>', ' t="e"')}</row>
       <row r="4">${cell('A4', '<v>9.000000003E9</v>')}${cell('B4', '<is><t>Meena</t></is>', ' t="inlineStr"')}</row>
       <row r="5">${cell('A5', '<v>#REF!</v>', ' t="e"')}${cell('B5', '<v>3</v>', ' t="s"')}</row>`,
      ['phone', 'name', 'due', 'Ravi'],
    ),
    comesTo: ['2 +919000000001 ASHA', '3 +919000000002', '4 +919000000003 Meena', '5 missing'],
  },
  {
    shape: 'a workbook with a merged title above its header, and gaps',
    content: workbookOf(
      `<row r="1">${cell('A1', '<v>0</v>', ' t="s"')}</row>
       <row r="3">${cell('B3', '<v>1</v>', ' t="s"')}${cell('C3', '<v>2</v>', ' t="s"')}</row>
       <row r="4">${cell('B4', '<v>3</v>', ' t="s"')}${cell('C4', `<v>${ONE}</v>`)}</row>
       <row r="6">${cell('C6', `<v>${TWO}</v>`)}</row>`,
      ['Leads of November', 'name', 'phone', 'Asha'],
      '<mergeCells count="1"><mergeCell ref="A1:C1"/></mergeCells>',
    ),
    comesTo: [`4 ${asha}`, '5 empty', '6 +919000000002'],
    warnings: /the header is row 3; the row above it is passed over/,
  },
  // size
  {
    shape: 'a cell of 70 000 characters',
    content: `phone,note\n${ONE},${'x'.repeat(70_000)}\n${TWO},y\n`,
    comesTo: /row 2 .* is longer than 64 kB/,
  },
  {
    shape: 'a cell of 60 000 characters',
    content: `phone,note\n${ONE},${'x'.repeat(60_000)}\n${TWO},y\n`,
    comesTo: ['2 +919000000001', '3 +919000000002'],
  },
  {
    shape: '10 MB on one line',
    content: `phone,note\n${ONE},${'x,'.repeat(5_000_000)}\n`,
    comesTo: /row 2 .* is longer than 64 kB/,
  },
  {
    shape: '2 000 columns',
    content: `phone${',x'.repeat(2_000)}\n${ONE}${',y'.repeat(2_000)}\n`,
    comesTo: ['2 +919000000001'],
  },
];
